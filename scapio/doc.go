// Package scapio turns bytes into scap blocks and back.
//
// Input is a capture in any of the forms that exist since 2013: pcapng-framed blocks, plain or compressed by gzip,
// zstd or lz4 (told by content, not by name), a regular file, a pipe, or a file that still grows. Output are blocks
// with their offset in the uncompressed bytes; the parsers of this package take the blocks apart.
//
// Guarantees: no input makes it panic, hang or allocate by a length it has not checked; every error names an offset;
// what was read before the damage stays valid. It starts no goroutines and holds no policy.
package scapio
