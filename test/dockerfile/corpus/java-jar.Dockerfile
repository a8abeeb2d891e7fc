FROM maven:3.9-eclipse-temurin-21 AS build
COPY . /src
WORKDIR /src
RUN mvn -q package

FROM eclipse-temurin:21-jre
COPY --from=build /src/target/*.jar /opt/app.jar
HEALTHCHECK --interval=30s CMD curl -fsS http://localhost:8080/health || exit 1
CMD ["java", "-jar", "/opt/app.jar"]
