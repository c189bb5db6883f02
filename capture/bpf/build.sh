#!/bin/sh
# build.sh: compiles src/probe.bpf.c for every architecture (go generate runs it). The result is the same on every
# machine with this version of clang; another version would make other objects, so it is not used. sources.sum tells
# of what the objects were made, so that a test sees a forgotten build where clang is missing.
set -eu
clang=${BPF_CLANG:-clang-16}
strip=${BPF_STRIP:-llvm-strip-16}
if ! command -v "$clang" >/dev/null || ! command -v "$strip" >/dev/null || ! [ -e /usr/include/bpf/bpf_helpers.h ]; then
	echo "capture/bpf: the BPF objects are NOT rebuilt: $clang, $strip or libbpf's headers are missing (apt-get install clang-16 llvm-16 libbpf-dev)" >&2
	exit 0
fi
# -fdebug-prefix-map keeps the folder of this checkout out of the objects.
go tool bpf2go -go-package bpf -cc "$clang" -strip "$strip" -target amd64,arm64 -type desc -type cpu_state \
	-cflags "-O2 -g -mcpu=v3 -Wall -Werror -fdebug-prefix-map=$PWD=." Probe src/probe.bpf.c >/dev/null
sha256sum src/* probe_*_bpfel.o >sources.sum
