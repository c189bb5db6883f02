package bpf

//go:generate sh build.sh
