/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* socket.h: files and sockets behind descriptors. */
#ifndef SCAPLS_SOCKET_H
#define SCAPLS_SOCKET_H

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define S_IFMT 0170000
#define S_IFSOCK 0140000

static __always_inline struct file *file_of(s32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **table, *file = NULL;

	if (!fdt || fd < 0 || (u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	table = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &table[fd]);
	return file;
}

static __always_inline struct socket *socket_of(struct file *file)
{
	u16 mode;

	if (!file)
		return NULL;
	mode = BPF_CORE_READ(file, f_inode, i_mode);
	if ((mode & S_IFMT) != S_IFSOCK)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}

/* Whether data of this descriptor deserve the large snaplen. */
__noinline int is_large(s32 fd)
{
	u32 key = 1 << 16 | (fd & 0xffff);
	struct sock *sk;
	struct socket *sock;
	u16 family;

	if (count_fds && bpf_map_lookup_elem(&larges, &key))
		return 1;
	if (!count_ports)
		return 0;
	sock = socket_of(file_of(fd));
	if (!sock)
		return 0;
	sk = BPF_CORE_READ(sock, sk);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return 0;
	key = BPF_CORE_READ(sk, __sk_common.skc_num);
	if (bpf_map_lookup_elem(&larges, &key))
		return 1;
	key = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	return bpf_map_lookup_elem(&larges, &key) != NULL;
}

static __always_inline u32 unix_name(struct sock *sk, u8 *to)
{
	struct unix_address *addr = BPF_CORE_READ((struct unix_sock *)sk, addr);
	int len;

	if (!addr)
		return 0;
	len = BPF_CORE_READ(addr, len) - 2;
	if (len <= 0)
		return 0;
	if (len > 108)
		len = 108;
	/* struct sockaddr_un begins behind len, and the path two bytes further on */
	bpf_probe_read_kernel(to, len, (void *)addr + bpf_core_field_offset(struct unix_address, len) + 6);
	return len;
}

__noinline int op_sock(u32 off, s32 fd, u32 op)
{
	struct scratch *s = scratch();
	struct socket *sock;
	struct sockinfo *i;
	struct sock *sk, *peer;
	u16 family;

	if (!s)
		return off;
	if (room(off) < sizeof(*i))
		return put_head(s, off, 0, op, S_CUT);
	sock = socket_of(file_of(fd));
	if (!sock)
		return put_head(s, off, 0, op, S_NONE);
	i = body(s, off);
	sk = BPF_CORE_READ(sock, sk);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	i->sk = i->peer = 0;
	i->family = family;
	i->type = BPF_CORE_READ(sock, type);
	i->protocol = BPF_CORE_READ(sk, sk_protocol);
	i->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	i->lport = i->rport = 0;
	i->backlog = BPF_CORE_READ(sk, sk_ack_backlog);
	i->max_backlog = BPF_CORE_READ(sk, sk_max_ack_backlog);
	i->pathlen = i->peerlen = 0;
	switch (family) {
	case AF_INET:
		*(u32 *)i->laddr = BPF_CORE_READ((struct inet_sock *)sk, inet_saddr);
		*(u32 *)i->raddr = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		i->lport = __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
		i->rport = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
		return put_head(s, off, __builtin_offsetof(struct sockinfo, path), op, S_OK);
	case AF_INET6:
		BPF_CORE_READ_INTO((struct in6_addr *)i->laddr, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)i->raddr, sk, __sk_common.skc_v6_daddr);
		i->lport = __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
		i->rport = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
		return put_head(s, off, __builtin_offsetof(struct sockinfo, path), op, S_OK);
	case AF_UNIX:
		i->sk = (u64)sk;
		peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
		i->peer = (u64)peer;
		i->pathlen = unix_name(sk, i->path);
		if (peer)
			i->peerlen = unix_name(peer, i->path + 108);
		return put_head(s, off, sizeof(*i), op, S_OK);
	}
	return put_head(s, off, __builtin_offsetof(struct sockinfo, path), op, S_OK);
}

__noinline int op_pair(u32 off, u64 ptr, u32 op)
{
	struct scratch *s = scratch();
	struct pairinfo *i;
	struct socket *sock;
	struct file *file;

	if (!s)
		return off;
	if (room(off) < sizeof(*i))
		return put_head(s, off, 0, op, S_CUT);
	i = body(s, off);
	if (bpf_probe_read_user(i->fd, sizeof(i->fd), (void *)ptr))
		return put_head(s, off, 0, op, S_FAULT);
	i->ino = i->sk = i->peer = 0;
	file = file_of(i->fd[0]);
	if (file) {
		i->ino = BPF_CORE_READ(file, f_inode, i_ino);
		sock = socket_of(file);
		if (sock) {
			struct sock *sk = BPF_CORE_READ(sock, sk);
			i->sk = (u64)sk;
			i->peer = (u64)BPF_CORE_READ((struct unix_sock *)sk, peer);
		}
	}
	return put_head(s, off, sizeof(*i), op, S_OK);
}

#define OVERLAYFS_MAGIC 0x794c7630

/* Whether the inode of an overlay file lies in its upper layer. The overlay's own inode is followed by the pointer to
 * the upper dentry (struct ovl_inode). */
static __always_inline u32 layer_of(struct inode *inode, struct super_block *sb)
{
	struct dentry *upper = NULL;

	if (BPF_CORE_READ(sb, s_magic) != OVERLAYFS_MAGIC)
		return 0;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper ? 1 : 2;
}

__noinline int op_file(u32 off, s32 fd, u32 op)
{
	struct scratch *s = scratch();
	struct super_block *sb;
	struct fileinfo *i;
	struct inode *inode;
	struct file *file;

	if (!s)
		return off;
	if (room(off) < sizeof(*i))
		return put_head(s, off, 0, op, S_CUT);
	file = file_of(fd);
	if (!file)
		return put_head(s, off, 0, op, S_NONE);
	i = body(s, off);
	inode = BPF_CORE_READ(file, f_inode);
	sb = BPF_CORE_READ(inode, i_sb);
	i->ino = BPF_CORE_READ(inode, i_ino);
	i->dev = BPF_CORE_READ(sb, s_dev);
	i->mode = BPF_CORE_READ(inode, i_mode);
	i->f_mode = BPF_CORE_READ(file, f_mode);
	i->layer = layer_of(BPF_CORE_READ(file, f_path.dentry, d_inode), sb);
	return put_head(s, off, sizeof(*i), op, S_OK);
}

#endif
