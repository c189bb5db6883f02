package scapiotest

import (
	"fmt"
	"reflect"

	"github.com/scapls/scapls/scapio/state"
)

// State returns all that a view knows, a line for each thread, descriptor, user, group and container. When versions end
// (To) is left out: a capture that ends earlier does not know it.
func State(v state.View) (lines []string) {
	for _, t := range v.Threads() {
		now, u := *t, v.Usage(t)
		now.VMSize, now.VMRSS, now.VMSwap, now.PFMajor, now.PFMinor = u.VMSize, u.VMRSS, u.VMSwap, u.PFMajor, u.PFMinor
		lines = append(lines, Exported(&now))
		for _, fd := range v.FDs(t) {
			lines = append(lines, fmt.Sprintf("%d:%d %s", t.TID, fd.Num, Exported(fd.FD)))
		}
	}
	for _, u := range v.Users() {
		lines = append(lines, Exported(u))
	}
	for _, g := range v.Groups() {
		lines = append(lines, Exported(g))
	}
	for _, c := range v.Containers() {
		lines = append(lines, fmt.Sprintf("container %s %s %s %d", c.ID, c.Name, c.Image, c.Type))
	}
	return lines
}

// Exported returns the exported fields of the struct p points to, but To; "none" for nil.
func Exported(p any) string {
	v := reflect.ValueOf(p)
	if v.IsNil() {
		return "none"
	}
	v = v.Elem()
	b := []byte(v.Type().Name())
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && f.Name != "To" {
			b = fmt.Appendf(b, " %s=%v", f.Name, v.Field(i).Interface())
		}
	}
	return string(b)
}
