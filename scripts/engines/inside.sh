#!/bin/sh
# Runs in the container of scripts/engines/engine: makes the cgroups writable and becomes the engine.
#   inside.sh NAME ADDRESS/BITS
set -eu
name=$1 address=$2

# A container has them mounted read-only; the engine in it makes cgroups of its own below this container's.
for place in /sys /sys/fs/cgroup /sys/fs/cgroup/*/; do
  if mountpoint -q "$place"; then mount -o remount,rw,bind "$place"; fi
done
# The socket of an engine is for root alone; who may use the folder may use the socket.
rm -f /run/engine/docker.sock

case $name in
  docker-*)
    feature=false
    case $name in *-containerd) feature=true ;; esac
    mkdir -p /etc/docker
    printf '{"features": {"containerd-snapshotter": %s}, "data-root": "/var/lib/engine", "bip": "%s"}\n' \
      "$feature" "$address" >/etc/docker/daemon.json
    exec dockerd -H unix:///run/engine/docker.sock
    ;;
  podman-*)
    mkdir -p /etc/containers
    printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >/etc/containers/policy.json
    printf '[storage]\ndriver = "overlay"\ngraphroot = "/var/lib/engine"\nrunroot = "/run/containers/storage"\n' \
      >/etc/containers/storage.conf
    # What a systemd would do, and limits that this container may not go over.
    cat >/etc/containers/containers.conf <<'CONF'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
firewall_driver = "iptables"
CONF
    # Of an engine's own loopback; Docker takes plain HTTP there without being told.
    printf 'unqualified-search-registries = ["docker.io"]\n[[registry]]\nlocation = "127.0.0.1:5998"\ninsecure = true\n' \
      >/etc/containers/registries.conf
    exec podman system service --time=0 unix:///run/engine/docker.sock
    ;;
esac
