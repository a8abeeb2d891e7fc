ARG PHP_VERSION=8.3
FROM php:${PHP_VERSION}-fpm AS base
RUN apt-get update && apt-get install -y --no-install-recommends libzip4 libicu72

FROM base AS build
RUN apt-get update && apt-get install -y libzip-dev libicu-dev && docker-php-ext-install zip intl

FROM base AS final
COPY --from=build /usr/local/lib/php/extensions /usr/local/lib/php/extensions
COPY --from=build /usr/local/etc/php/conf.d /usr/local/etc/php/conf.d
CMD ["php-fpm"]
