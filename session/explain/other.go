package explain

import (
	"fmt"
	"strconv"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evtable"
)

// other tells of what is no system call.
func other(c *field.Ctx, t *evtable.Type) string {
	who := actor(c)
	switch t.Name {
	case "switch":
		next := orText(get(c, "evt.arg.next"), "another")
		if n := number(c, "next"); n == "0" {
			next = "nobody: it is idle"
		}
		return fmt.Sprintf("processor %d went from %s to %s", c.Ev.CPU, who, next)
	case "procexit":
		switch sig := number(c, "sig"); {
		case sig != "" && sig != "0":
			return who + " was killed by " + signalName(c, "sig")
		case number(c, "ret") != "":
			return who + " ended with status " + number(c, "ret")
		}
		return who + " ended"
	case "signaldeliver":
		s := signalName(c, "sig") + " reached " + who
		if from := number(c, "spid"); from != "" && from != "0" {
			return s + ", sent by " + orText(get(c, "evt.arg.spid"), from)
		}
		return s + ", sent by the kernel"
	case "page_fault", "page_fault_user", "page_fault_kernel":
		return who + " touched memory at " + orText(get(c, "evt.arg.addr"), "an address") + " that was not there yet"
	case "drop":
		return "the capturing tool began to leave out events, since there were too many"
	case "container":
		return join("the container", orText(get(c, "container.name"), get(c, "container.id")), "became known")
	case "useradded", "userdeleted", "groupadded", "groupdeleted":
		return map[string]string{
			"useradded": "a user became known", "userdeleted": "a user is gone", "groupadded": "a group became known", "groupdeleted": "a group is gone",
		}[t.Name] + arguments(c)
	case "procinfo":
		return "the tool noted how much processor time " + who + " had used"
	case "cpu_hotplug":
		return "a processor came or went, number " + orText(get(c, "evt.arg.cpu"), strconv.Itoa(int(c.Ev.CPU)))
	}
	if s := get(c, "evt.args"); s != "" {
		return t.Name + ": " + short(s)
	}
	return t.Name
}
