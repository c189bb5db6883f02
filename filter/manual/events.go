package manual

import "sync"

var callNames = sync.OnceValue(collectNames)

// events are the events that are no system calls.
var events = map[string]string{
	"procexit":      "A thread ends; with its main thread the process. The arguments tell status, result, and the signal that ended it.",
	"switch":        "The processor goes over from one thread to another. The event belongs to the thread that leaves; `next` is the one that comes.",
	"page_fault":    "A thread touched memory that was not there yet, and the kernel had to supply it.",
	"signaldeliver": "A signal reaches a process: `spid` sent it, `dpid` gets it.",
	"procinfo":      "The capturing tool tells how much processor time a thread has used.",
	"cpu_hotplug":   "A processor came or went while the capture ran.",
	"drop":          "Events were lost from here on: the ring between the kernel and the capturing tool was full, or sampling is on.",
	"scapevent":     "The capturing driver talks to its reader.",
	"tracer":        "A program marked a span of its work by writing to /dev/null.",
	"container":     "The capturing tool found a container; its description is in JSON.",
	"useradded":     "A user that is known from here on.",
	"userdeleted":   "A user that is not known any more.",
	"groupadded":    "A group that is known from here on.",
	"groupdeleted":  "A group that is not known any more.",
	"notification":  "The capturing tool says that a rule or alert fired.",
	"infra":         "Something happened in the infrastructure around the machine, such as in Docker.",
	"pluginevent":   "An event of a plugin, which alone can read it.",
	"asyncevent":    "An event that was not caused by a call, such as of a plugin.",
	"packet":        "A network packet between the events of a merged capture.",
	"mesos":         "A description of a Mesos cluster, left by older tools.",
	"k8s":           "A description of a Kubernetes cluster, left by older tools.",
	"syscall":       "A system call of which only its number is known.",
}
