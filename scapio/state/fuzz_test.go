package state_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/scapio/state"
)

// replay loads a capture's lists and events into a machine and asks, after each event, what rows and texts ask.
func replay(b []byte) *state.Machine {
	m := state.NewMachine()
	r := scapio.NewReader(bytes.NewReader(b))
	var ev evt.Event
	var args evt.Args
	var n uint32
	var text []byte
	for {
		blk, err := r.Next()
		if err != nil {
			return m
		}
		load(m, &blk, n)
		if !blk.Type.IsEvent() {
			continue
		}
		cpu, flags, raw, err := scapio.EventBody(blk.Type, blk.Body)
		if err != nil || len(raw) < evt.HeaderV1 {
			continue
		}
		n++
		ev.CPU, ev.Flags, ev.Num = cpu, flags, n
		if ev.Decode(raw, blk.Type.HasCount()) != nil {
			ev.Drop()
		}
		f := m.Apply(&ev)
		names := &state.Names{View: m.At(n), T: f.Thread, Legacy: n%2 == 0}
		args.Load(&ev)
		text = evt.AppendArgs(text[:0], &args, names, &evt.Style{Legacy: n%2 == 0})
		if f.Thread != nil {
			_ = names.View.Cwd(f.Thread)
			_ = names.View.Env(f.Thread)
			_ = names.View.Parent(f.Thread)
			_ = names.View.FDs(f.Thread)
		}
	}
}

func load(m *state.Machine, blk *scapio.Block, n uint32) {
	switch t := blk.Type; t {
	case scapio.SectionHeader:
		m.Restart(n)
	case scapio.FDListV1, scapio.FDListV2:
		tid, list, _ := scapio.ParseFDs(t, blk.Body)
		m.LoadFDs(tid, list)
	case scapio.MachineInfo:
		m.Info, _ = scapio.ParseMachine(blk.Body)
	case scapio.InterfaceListV1, scapio.InterfaceListV2:
		m.Interfaces, _ = scapio.ParseInterfaces(t, blk.Body)
	case scapio.UserListV1, scapio.UserListV2:
		m.LoadUsers(first2(scapio.ParseUsers(t, blk.Body)))
	default:
		if scapio.ProcListVersion(t) > 0 {
			list, _ := scapio.ParseThreads(t, blk.Body)
			m.LoadThreads(list)
		}
	}
}

func first2[A, B, C any](a A, b B, _ C) (A, B) { return a, b }

// FuzzState feeds a small machine with events of any content.
func FuzzState(f *testing.F) {
	// An input is a sequence of events: type, thread, parameters by their lengths. Behind the lists of a small machine
	// they become a capture.
	for _, path := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		b, err := os.ReadFile(scapiotest.Repo(f, path))
		if err != nil {
			f.Fatal(err)
		}
		for _, seed := range seeds(b) {
			f.Add(seed)
		}
	}
	lists := scapiotest.Capture(f, scapiotest.Lists)
	f.Fuzz(func(_ *testing.T, b []byte) {
		var capture bytes.Buffer
		capture.Write(lists)
		w := scapio.NewWriter(&capture)
		for i := 0; len(b) >= 4 && i < 200; i++ {
			typ := binary.LittleEndian.Uint16(b) % (evtable.NumTypes + 2)
			tid, n := int64(b[2])-1, int(b[3]%40)
			b = b[4:]
			var params [][]byte
			for range n {
				if len(b) == 0 {
					break
				}
				k := min(int(b[0]), len(b)-1)
				params = append(params, b[1:1+k])
				b = b[1+k:]
			}
			_ = w.Event(0, 0, scapiotest.T0+uint64(i), tid, typ, params...)
		}
		m := replay(capture.Bytes())
		for _, n := range []uint32{0, 7, 200} {
			_ = scapiotest.State(m.At(n))
		}
	})
}

// seeds are the events of a capture in the fuzz target's form, ten to a seed; threads are folded into a byte.
func seeds(b []byte) (list [][]byte) {
	r := scapio.NewReader(bytes.NewReader(b))
	var ev evt.Event
	var cur []byte
	for n := 0; ; n++ {
		blk, err := r.Next()
		if err != nil {
			return list
		}
		if !blk.Type.IsEvent() {
			continue
		}
		_, _, raw, err := scapio.EventBody(blk.Type, blk.Body)
		if err != nil || ev.Decode(raw, blk.Type.HasCount()) != nil {
			continue
		}
		cur = binary.LittleEndian.AppendUint16(cur, ev.Type)
		cur = append(cur, byte(ev.TID), byte(min(ev.N, 39)))
		for i := range min(ev.N, 39) {
			p := ev.Param(i)
			p = p[:min(len(p), 255)]
			cur = append(append(cur, byte(len(p))), p...)
		}
		if n%10 == 9 {
			list = append(list, cur)
			cur = nil
		}
	}
}
