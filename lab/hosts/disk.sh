#!/bin/sh
# The card of a virtual Pi: disk.sh insert|erase LAB NAME. Runs in the lab's mount namespace.
# A card is an ext4 image of fixed size, so it can really be full; the host's root is an overlay on it.
set -eu

action=$1 lab=$2 name=$3
host=$lab/hosts/$name
image=$host/card.img

# A loop device of a former lab may still be on its way out, and two of them on one image destroy it.
wait_for_image() {
  tries=100
  while [ -n "$(losetup --associated "$image")" ]; do
    tries=$((tries - 1))
    if [ $tries -eq 0 ]; then
      echo "$image is still in use by $(losetup --associated "$image")" >&2
      exit 1
    fi
    sleep 0.1
  done
}

insert() {
  mountpoint -q "$host/root" && return
  mkdir -p "$host/card" "$host/root"
  if ! mountpoint -q "$host/card"; then
    if [ ! -e "$image" ]; then
      truncate --size="${LAB_CARD_SIZE:-1536M}" "$image.new"
      mkfs.ext4 -q -m 0 -O ^has_journal "$image.new"
      mv "$image.new" "$image"
    fi
    wait_for_image
    mount -o loop,noatime,nodiscard "$image" "$host/card"
  fi
  mkdir -p "$host/card/upper" "$host/card/work"
  mount -t overlay -o "lowerdir=$lab/run/base/rootfs,upperdir=$host/card/upper,workdir=$host/card/work" \
    "$name" "$host/root"
}

erase() {
  if mountpoint -q "$host/root"; then umount "$host/root"; fi
  if mountpoint -q "$host/card"; then umount "$host/card"; fi
  wait_for_image
  rm -f "$image" "$host/flashed"
}

"$action"
