# shellcheck shell=bash
# What scripts/engine and scripts/base-images share: how they speak, how they ask apt, how they ask the engine.
# Whoever reads this in has set `root` (the repository) and `prefix` (what stands before each line).
: "${root:?}" "${prefix:?}"

say() { printf '%s%s\n' "$prefix" "$*" >&2; }

# fail WHAT [MORE…]: what failed, what was tried, what to do; a line each. The exit code is 2 as for the tool itself.
fail() {
  local line
  for line in "$@"; do say "$line"; done
  exit 2
}

os_release() { # field
  (
    # shellcheck disable=SC1091
    . /etc/os-release 2>/dev/null || true
    printf '%s' "${!1:-unknown}"
  )
}

# ---- apt ----

apt_get() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >&2 </dev/null
}

# apt_install PROGRAM PACKAGE…: installs the packages unless the program is there.
apt_install() {
  local program=$1
  shift
  if type -P "$program" >/dev/null || PATH=$PATH:/usr/sbin:/sbin type -P "$program" >/dev/null; then return 0; fi
  say "installing $*"
  apt_get update
  apt_get install -y --no-install-recommends "$@"
}

# ---- the engine ----
# With a docker CLI, the CLI is asked: it knows contexts, TLS, ssh and credentials. Without one, the API is spoken over
# the unix or TCP socket by a small Node program (Node is there, the project runs on it).

has_cli() { type -P docker >/dev/null; }
engine_api() { node "$root/scripts/engine-api.mjs" "$@"; }
# A client whose engine does not answer can wait for minutes. macOS has no timeout(1); there it waits.
bounded() { # seconds, command…
  if type -P timeout >/dev/null; then timeout -k 5 "$@" </dev/null; else "${@:2}" </dev/null; fi
}

engine_answers() {
  if has_cli; then bounded 20 docker version --format '{{.Server.Version}}'; else engine_api ping; fi
}

# Has the user said which engine it is to be? Then no other one will do.
engine_is_named() {
  [[ ${DOCKER_HOST-}${DOCKER_CONTEXT-} ]] && return 0
  local context
  has_cli && context=$(docker context show 2>/dev/null) && [[ $context && $context != default ]]
}

# Is there an engine? First where the user points (DOCKER_HOST, else the docker context, else the default socket), then
# at the sockets where engines usually listen, the ones that src/engine/endpoint.ts knows. Where one of those answers,
# DOCKER_HOST is set for what follows in this process. `tried` holds a line for each that did not.
tried=()
find_engine() {
  local answer socket runtime=${XDG_RUNTIME_DIR:-/run/user/$EUID}
  tried=()
  if answer=$(engine_answers 2>&1); then return 0; fi
  tried+=("${DOCKER_HOST:-the docker context or the default socket}: $(tail -n 1 <<<"$answer")")
  engine_is_named && return 1
  for socket in "$runtime/docker.sock" "$HOME/.docker/run/docker.sock" "$HOME/.docker/desktop/docker.sock" \
    "${COLIMA_HOME:-$HOME/.colima}/default/docker.sock" "${XDG_CONFIG_HOME:-$HOME/.config}/colima/default/docker.sock" \
    "$HOME/.rd/docker.sock" "$HOME/.orbstack/run/docker.sock" "$runtime/podman/podman.sock" /run/podman/podman.sock; do
    if [[ ! -S $socket ]]; then
      tried+=("$socket: socket not found")
    elif answer=$(DOCKER_HOST=unix://$socket engine_answers 2>&1); then
      export DOCKER_HOST=unix://$socket
      say "using the engine at $socket"
      return 0
    else
      tried+=("$socket: $(tail -n 1 <<<"$answer")")
    fi
  done
  return 1
}

engine_has_image() { # image
  if has_cli; then docker image inspect "$1" >/dev/null 2>&1; else engine_api has-image "$1"; fi
}

# The engine itself gives up within some 15 s on a registry that it cannot reach; the bound is for a pull that crawls.
engine_pull() { # image
  if has_cli; then bounded 600 docker pull --quiet "$1"; else bounded 600 node "$root/scripts/engine-api.mjs" pull "$1"; fi
}

# In Debian's words (amd64, arm64, armhf).
engine_architecture() {
  local name
  if has_cli; then name=$(docker version --format '{{.Server.Arch}}'); else name=$(engine_api architecture); fi
  case $name in arm) name=armhf ;; 386) name=i386 ;; esac
  printf '%s' "$name"
}

engine_import() { # tar, image, change…
  local tar=$1 image=$2 change options=()
  shift 2
  if has_cli; then
    for change in "$@"; do options+=(--change "$change"); done
    docker import "${options[@]}" "$tar" "$image" >/dev/null
  else
    engine_api import "$tar" "$image" "$@"
  fi
}

# A machine can have an engine and yet not be able to start a container (a capability or cgroup that lacks).
engine_try_container() { # image
  local answer
  has_cli || return 0
  answer=$(bounded 60 docker run --rm --network none "$1" true 2>&1) ||
    fail "the engine answers but cannot start a container of $1: $answer"
}
