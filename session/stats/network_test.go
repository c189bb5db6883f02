package stats

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// texts are the cells of some columns, row by row.
func texts(t *testing.T, table *Table, ids ...string) [][]string {
	t.Helper()
	list := [][]string{}
	for _, r := range table.Rows {
		var cells []string
		for _, id := range ids {
			v, ok := cell(table, r, id)
			require.True(t, ok, "a column %s", id)
			for _, c := range table.Columns {
				if c.ID == id {
					cells = append(cells, c.String(v, nil))
				}
			}
		}
		list = append(list, cells)
	}
	return list
}

func TestServersHasTheSocketsThatNoEventIsAbout(t *testing.T) {
	x := open(t, scapiotest.Shared(t, "sf_nginx")[0])
	table, err := Compute(context.Background(), x, nil, "servers")
	require.NoError(t, err)
	require.Empty(t, table.Note)
	require.Equal(t, [][]string{
		{"80", "tcp", "nginx", "0b703f366424", "0.0.0.0", "22"},
		{"35655", "udp", "avahi-daemon", "", "::", "0"},
		{"36753", "udp", "dnsmasq", "", "0.0.0.0", "0"},
		{"53", "tcp", "dnsmasq", "", "127.0.1.1", "0"},
		{"53", "udp", "dnsmasq", "", "127.0.1.1", "0"},
		{"5353", "udp", "avahi-daemon", "", "0.0.0.0, ::", "0"},
		{"58", "raw", "NetworkManager", "", "::", "0"},
		{"58814", "udp", "avahi-daemon", "", "0.0.0.0", "0"},
		{"631", "tcp", "cupsd", "", "127.0.0.1, ::1", "0"},
		{"631", "udp", "cups-browsed", "", "0.0.0.0", "0"},
		{"68", "udp", "dhclient", "", "0.0.0.0", "0"},
	}, texts(t, table, "port", "protocol", "process", "container", "address", "events"))
	idle := table.Rows[1]
	require.Equal(t, "fd.sport=35655 and fd.role=server and proc.name=avahi-daemon and fd.l4proto=udp and container.id=host", idle.Filter)
	require.Zero(t, idle.Event)
	first, _ := cell(table, idle, "first")
	require.True(t, first.None)

	p, err := filter.Compile(filter.Parse("evt.type=accept4"))
	require.NoError(t, err)
	set, err := x.Select(context.Background(), p, index.Ask{List: calls}, nil)
	require.NoError(t, err)
	table, err = Compute(context.Background(), x, set, "servers")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"80", "nginx", "0.0.0.0"}}, texts(t, table, "port", "process", "address"), "only what the events are about")
	require.NotEmpty(t, table.Note)
}

func TestConversationsCountOnceWhatBothEndsMoved(t *testing.T) {
	x := open(t, scapiotest.Shared(t, "sf_client-server")[0])
	table, err := Compute(context.Background(), x, nil, "conversations")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"127.0.0.1", "127.0.0.1", "8080", "160 B", "80 B", "80 B", "7"}}, texts(t, table, "client", "server", "port", "bytes", "to_server", "to_client", "calls"))
}

func TestBytesThatCrossedAreThoseOfTheEndThatSawMore(t *testing.T) {
	require.Zero(t, crossed(nil).bytes(toServer))
	c := crossed{
		1: {client: [2]int64{10, 0}, server: [2]int64{10, 0}}, // both ends
		2: {client: [2]int64{5, 7}},                           // the client's alone
		3: {server: [2]int64{0, 3}},                           // the server's alone
		4: {client: [2]int64{0, 2}, server: [2]int64{0, 9}},   // the client had not read all
	}
	require.EqualValues(t, 15, c.bytes(toServer))
	require.EqualValues(t, 19, c.bytes(toClient))
	c[0] = &ends{client: [2]int64{4, 0}} // nobody saw it arrive
	require.EqualValues(t, 19, c.bytes(toServer))
	c[1].server[toServer] = 14 // on this connection
	require.EqualValues(t, 19, c.bytes(toServer))
}

func TestTheFiltersOfAddressesLeaveOutTheOwnEnd(t *testing.T) {
	x := open(t, scapiotest.Shared(t, "libs_test_ipv6_client")[0])
	table, err := Compute(context.Background(), x, nil, "endpoints")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"::1", "4"}, {"2001:4860:4860::8888", "2"}}, texts(t, table, "address", "calls"))
	for _, r := range table.Rows {
		calls, _ := cell(table, r, "calls")
		require.Equal(t, calls.N, recount(t, x, r.Filter)["calls"], r.Filter)
	}
}
