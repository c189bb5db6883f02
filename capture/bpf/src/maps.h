/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* maps.h: what the programs share with user space, and the scratch memory in which a record is put together. */
#ifndef SCAPLS_MAPS_H
#define SCAPLS_MAPS_H

/* Set before loading. */
volatile const u32 own_tgid = 0;      /* not recorded; 0: no such process */
volatile const u32 snaplen = 80;
volatile const u32 large_snaplen = 0; /* of large_ports and large_fds; 0: none */
volatile const u8 exit_only = 0;
volatile const u8 follow_on = 0;      /* only processes in the map follow */
volatile const u8 comm_on = 0, cgroup_on = 0;
volatile const u8 mute_on = 0;        /* processes in the map mute are not recorded */
volatile const u8 switches = 1;
volatile const u8 count_ports = 0, count_fds = 0;
volatile const u8 page_shift = 12;
volatile const u32 buffer_limit = 61440; /* room for sections in one record */

/* Set at any time. */
u32 recording = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} ring SEC(".maps");

#define MAX_CALLS 512

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_CALLS);
	__type(key, u32);
	__type(value, struct desc);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, u8);
} follow SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u8);
} mute SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, char[16]);
	__type(value, u8);
} comms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u8);
} cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u32); /* port, or 1<<16 | descriptor */
	__type(value, u8);
} larges SEC(".maps");

/* The state of one processor. The programs run with preemption off, so that a call that has not ended and whose
 * thread was not switched away is the call of the thread that runs, if it has its number. */
struct cpu_state {
	u64 ts; /* of the pending enter, 0: none is pending */
	u64 args[8]; /* of which a call has 6 */
	u32 tid;
	u16 nr;
	u8 compat;
	u8 busy; /* the scratch memory is in use */
	u32 lost; /* records lost since the last one that was made */
	u32 pad;
	/* counters */
	u64 records, drop_ring, drop_scratch;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_state);
} states SEC(".maps");

/* A record is put together in the scratch memory of its processor, behind those that wait there to go into the ring
 * together. Every read is of at most 64 KiB at an offset below 64 KiB, which the verifier sees from the two masks;
 * buffer_limit keeps records far below. */
#define MASK 0xffff

/* Records wait until they are this many bytes. User space reads those that wait where they lie (record.h, struct
 * block), for which the order of stores must be what it is in the program: so it is on x86-64, and on arm64 nothing
 * waits. */
#define STAGE 4096
#if defined(__TARGET_ARCH_x86)
#define STAGED 1
#else
#define STAGED 0
#endif

/* Where a loop stands. It is kept in memory, and each step is a function of its own, because the verifier would
 * otherwise follow every path through every step. */
struct walk {
	u64 a, b;
	u64 total;
	u32 n, keep;
	u32 status, pad;
};

struct scratch {
	struct block block; /* of the records at the begin of data, as it goes into the ring */
	u8 data[2 * (MASK + 1) + 1024];
	struct walk walk;
	u32 n, lost; /* records that wait, and the sum of what they say was lost */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* one per processor, set before loading */
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct cpu_state *cpu_state(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&states, &zero);
}

static __always_inline struct scratch *scratch(void)
{
	u32 cpu = bpf_get_smp_processor_id();
	return bpf_map_lookup_elem(&scratches, &cpu);
}

/* bound keeps the compiler from losing what the verifier must see. */
#define bound(x, mask) ({ u64 _x = (x); asm volatile("%0 &= %1" : "+r"(_x) : "i"(mask)); _x; })

/* Sections. put_head writes the head of a section whose bytes begin at off+4 and returns where the next begins. */
static __always_inline u32 put_head(struct scratch *s, u32 off, u32 len, u8 op, u8 status)
{
	u64 o = bound(off, MASK);
	*(u32 *)(s->data + o) = (len & 0xffff) | (u32)op << 16 | (u32)status << 24;
	return off + ((4 + len + 7) & ~7U);
}

/* Room for the bytes of a section at off. */
static __always_inline u32 room(u32 off)
{
	u32 limit = buffer_limit;
	return off + 8 < limit ? limit - off - 8 : 0;
}

static __always_inline void *body(struct scratch *s, u32 off)
{
	u64 o = bound(off, MASK);
	return s->data + o + 4;
}

#endif
