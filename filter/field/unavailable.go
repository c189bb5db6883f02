package field

const (
	needsPlugin   = "the plugin that made the capture tells it; its shared library is not loaded"
	needsSchedule = "needs the time each thread ran, which is summed up over the whole capture"
	needsProcinfo = "needs the processor times of the procinfo event before"
	needsResolver = "would ask the reading machine's name service; a capture holds no such answers"
	needsK8s      = "told by a Kubernetes API connection that tools have given up"
	needsDocker   = "the text of the description is not taken apart"
	needsProbe    = "tools mark such processes by matching commands while they capture"
)

// unavailable are the fields that no capture answers, each with the reason.
var unavailable = map[string]string{
	"evt.pluginname": needsPlugin,
	"evt.plugininfo": needsPlugin,

	"evt.infra.docker.container.id":    needsDocker,
	"evt.infra.docker.container.name":  needsDocker,
	"evt.infra.docker.container.image": needsDocker,

	"thread.exectime":    needsSchedule,
	"thread.totexectime": needsSchedule,
	"thread.cpu":         needsProcinfo,
	"thread.cpu.user":    needsProcinfo,
	"thread.cpu.system":  needsProcinfo,

	"proc.is_container_healthcheck":     needsProbe,
	"proc.is_container_liveness_probe":  needsProbe,
	"proc.is_container_readiness_probe": needsProbe,

	"fd.cip.name": needsResolver,
	"fd.sip.name": needsResolver,
	"fd.lip.name": needsResolver,
	"fd.rip.name": needsResolver,

	"util.cnt": "counts how often it was asked, which says nothing about the event",

	"k8s.rc.name": needsK8s, "k8s.rc.id": needsK8s, "k8s.rc.label": needsK8s, "k8s.rc.labels": needsK8s,
	"k8s.svc.name": needsK8s, "k8s.svc.id": needsK8s, "k8s.svc.label": needsK8s, "k8s.svc.labels": needsK8s,
	"k8s.ns.id": needsK8s, "k8s.ns.label": needsK8s, "k8s.ns.labels": needsK8s,
	"k8s.rs.id": needsK8s, "k8s.rs.label": needsK8s, "k8s.rs.labels": needsK8s,
	"k8s.deployment.id": needsK8s, "k8s.deployment.label": needsK8s,
	"k8s.deployment.labels": needsK8s,
}
