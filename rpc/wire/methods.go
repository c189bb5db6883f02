package wire

import "reflect"

// Scheduling says when the server takes up the next message relative to this one.
type Scheduling string

// The schedulings.
const (
	Ordered    Scheduling = "ordered"    // takes effect before the next message is read
	Concurrent Scheduling = "concurrent" // runs beside everything that follows
)

// MethodInfo describes a method for dispatch, for the generated TypeScript and for docs/PROTOCOL.md.
type MethodInfo struct {
	Name       string // "scapls/open"
	Params     string // name of the struct of its parameters
	Result     string // name of the struct of its result; empty for a notification
	Scheduling Scheduling
	Doc        string // one or more sentences
}

// Method is a request from the client with parameters P that is answered by R.
type Method[P, R any] struct{ MethodInfo }

// Notification is a message to the client that is not answered.
type Notification[P any] struct{ MethodInfo }

func method[P, R any](name string, s Scheduling, doc string) Method[P, R] {
	return Method[P, R]{MethodInfo{
		Name: name, Params: reflect.TypeFor[P]().Name(), Result: reflect.TypeFor[R]().Name(), Scheduling: s, Doc: doc,
	}}
}

func notification[P any](name, doc string) Notification[P] {
	return Notification[P]{MethodInfo{Name: name, Params: reflect.TypeFor[P]().Name(), Doc: doc}}
}

// The methods. Each is bound to its handler in package rpc, with these very types.
var (
	Open = method[OpenParams, OpenResult]("scapls/open", Ordered,
		"Opens a capture. The answer comes as soon as the first events are known; indexing goes on in the background.")
	Close = method[SessionParams, Empty]("scapls/close", Ordered,
		"Closes a session. Requests of that session that still run end with RequestCancelled; closing twice is an error.")
	Members = method[SessionParams, MembersResult]("scapls/members", Concurrent,
		"Returns the captures of a session that shows several together, and what is known of their clocks.")
	Shift = method[ShiftParams, MembersResult]("scapls/members/shift", Concurrent,
		"Corrects the clock of one of several captures. All lists of the session are in another order then: ask for them again.")
	PageOf = method[PageParams, PageResult]("scapls/page", Concurrent,
		"Returns rows of a list. Rows beyond the end are left out, so a page may be shorter than asked for.")
	SortOf = method[SortParams, SortResult]("scapls/sort", Concurrent,
		"Sorts a list as its query says; pages of it then come at once. Cancelling the request ends the sorting. scapls/sorting tells how far it is. A page of a list that was not sorted sorts it, too.")
	ColumnsOf = method[ColumnsParams, ColumnsOfResult]("scapls/columns", Concurrent,
		"Returns columns that show fields, or why there are none.")
	CopyOf = method[CopyParams, CopyResult]("scapls/copy", Concurrent,
		"Returns rows of a list as text. More than a million rows, or 64 MB, are an error.")
	DetailOf = method[EventParams, DetailResult]("scapls/detail", Concurrent,
		"Returns the detail tree of an event.")
	BytesOf = method[BytesParams, BytesResult]("scapls/bytes", Concurrent,
		"Returns raw bytes of an event as in the file.")
	Processes = method[AtParams, ItemsResult]("scapls/processes", Concurrent,
		"Returns processes and their threads as a tree, as of an event; the event's thread is marked.")
	FDs = method[AtParams, ItemsResult]("scapls/fds", Concurrent,
		"Returns the file descriptors of a thread's process, as of an event; the event's descriptor is marked.")
	Users = method[AtParams, ItemsResult]("scapls/users", Concurrent,
		"Returns the users known as of an event.")
	Groups = method[AtParams, ItemsResult]("scapls/groups", Concurrent,
		"Returns the groups known as of an event.")
	Containers = method[AtParams, ItemsResult]("scapls/containers", Concurrent,
		"Returns the containers known as of an event.")
	Interfaces = method[AtParams, ItemsResult]("scapls/interfaces", Concurrent,
		"Returns the network interfaces known as of an event.")
	Info = method[SessionParams, InfoResult]("scapls/info", Concurrent,
		"Returns facts about a capture and its health: where it comes from, what it holds, what is damaged.")
	Goto = method[GotoParams, GotoResult]("scapls/goto", Concurrent,
		"Finds the row of an event number or a time.")
	FilterCheck = method[FilterParams, FilterCheckResult]("scapls/filter/check", Concurrent,
		"Says whether a filter can be used, in which language it was read, what is wrong with it, and how to colour it.")
	FilterComplete = method[FilterAtParams, FilterCompleteResult]("scapls/filter/complete", Concurrent,
		"Returns what may stand at the caret: fields, operators, values that occur in the capture with their counts, saved filters.")
	FilterHover = method[FilterAtParams, FilterHoverResult]("scapls/filter/hover", Concurrent,
		"Explains the field, operator or value at the caret.")
	FilterSignature = method[FilterAtParams, FilterSignatureResult]("scapls/filter/signature", Concurrent,
		"Tells how the argument is written that the caret stands in.")
	FilterFormat = method[FilterParams, FilterTextResult]("scapls/filter/format", Concurrent,
		"Returns a filter in the usual layout; one with errors as it is.")
	FilterTranslate = method[FilterTranslateParams, FilterTranslateResult]("scapls/filter/translate", Concurrent,
		"Returns a filter in the other language, or says which parts have no counterpart there.")
	FilterCount = method[ListParams, FilterCountResult]("scapls/filter/count", Concurrent,
		"Tells how many rows a filter leaves of a list. A newer request for the same session ends an older one.")
	FilterWhy = method[ListParams, FilterWhyResult]("scapls/filter/why", Concurrent,
		"Tells how many rows each part of a filter matches, and when there are none which part is the reason.")
	FilterFrom = method[FilterFromParams, FilterTextResult]("scapls/filter/from", Concurrent,
		"Makes a filter of something that is shown: a cell, a node of a detail tree, a process, a descriptor.")
	FilterFields = method[Empty, FieldsResult]("scapls/filter/fields", Concurrent,
		"Returns the catalogue of fields.")
	Find = method[FindParams, FindResult]("scapls/find", Concurrent,
		"Finds the next or previous row of a list that holds a text, bytes, an expression, or that a filter matches, without hiding the others.")
	FindCount = method[FindCountParams, FindCountResult]("scapls/find/count", Concurrent,
		"Tells how many rows a search finds something in, and which of them a row is.")
	Related = method[RelatedParams, RelatedResult]("scapls/related", Concurrent,
		"Finds the next or previous row of the same thread, process or descriptor, the other half of a call, a parent or a child.")
	Export = method[ExportParams, ExportResult]("scapls/export", Concurrent,
		"Writes the rows of a list to a file. An existing file is replaced only when all has been written.")

	ColorsOf = method[ColorsParams, ColorsOfResult]("scapls/colors", Concurrent,
		"Tells how a list falls to colour rules, of which the first that matches a row counts. Returns soon with what is known.")

	RecentList = method[LimitParams, RecentResult]("scapls/store/recent/list", Concurrent,
		"Returns the captures that were opened, the latest first. scapls/open adds to them.")
	RecentDelete = method[RecentDeleteParams, Empty]("scapls/store/recent/delete", Concurrent,
		"Forgets a capture that was opened, or all.")
	HistoryList = method[LimitParams, HistoryResult]("scapls/store/history/list", Concurrent,
		"Returns the filters that were used, the latest first.")
	HistoryPut = method[HistoryPutParams, Empty]("scapls/store/history/put", Concurrent,
		"Tells that a filter was used. At most 500 are kept.")
	HistoryDelete = method[HistoryDeleteParams, Empty]("scapls/store/history/delete", Concurrent,
		"Forgets a filter that was used, or all.")
	SavedList = method[Empty, SavedResult]("scapls/store/saved/list", Concurrent,
		"Returns the saved filters.")
	SavedPut = method[SavedFilter, SavedFilter]("scapls/store/saved/put", Concurrent,
		"Saves a filter, or changes a saved one; answers with what is kept.")
	SavedDelete = method[IDParams, Empty]("scapls/store/saved/delete", Concurrent,
		"Deletes a saved filter; one that is not there is no error.")
	ButtonsList = method[Empty, ButtonsResult]("scapls/store/buttons/list", Concurrent,
		"Returns the filter buttons: those that come with scapls, as the user has changed them, and the user's own.")
	ButtonsPut = method[FilterButton, FilterButton]("scapls/store/buttons/put", Concurrent,
		"Adds a filter button, or changes one, also a shipped one; answers with what is kept.")
	ButtonsDelete = method[IDParams, Empty]("scapls/store/buttons/delete", Concurrent,
		"Deletes a filter button of the user; a shipped one is hidden.")
	ButtonsReset = method[IDParams, Empty]("scapls/store/buttons/reset", Concurrent,
		"Makes a shipped filter button what it was. Without an id all of them and their order, and the user's own go.")
	ButtonsOrder = method[ButtonsOrderParams, Empty]("scapls/store/buttons/order", Concurrent,
		"Puts the filter buttons of a group, or the groups, into an order.")
	ColumnsList = method[Empty, ColumnsResult]("scapls/store/columns/list", Concurrent,
		"Returns the column sets.")
	ColumnsPut = method[ColumnSet, ColumnSet]("scapls/store/columns/put", Concurrent,
		"Saves a column set, or changes one; answers with what is kept.")
	ColumnsDelete = method[IDParams, Empty]("scapls/store/columns/delete", Concurrent,
		"Deletes a column set.")
	ViewGet = method[SessionParams, ViewResult]("scapls/store/view/get", Concurrent,
		"Returns how a capture was last looked at.")
	ViewPut = method[ViewPutParams, Empty]("scapls/store/view/put", Concurrent,
		"Keeps how a capture is looked at.")
	SettingsList = method[LimitParams, SettingsResult]("scapls/store/settings/list", Concurrent,
		"Returns the settings of live captures that were used, the latest first.")
	SettingsPut = method[CaptureSettings, CaptureSettings]("scapls/store/settings/put", Concurrent,
		"Keeps settings of a live capture, and that they were used just now; answers with what is kept.")
	SettingsDelete = method[IDParams, Empty]("scapls/store/settings/delete", Concurrent,
		"Forgets settings of a live capture; without an id all.")
	ColorsList = method[Empty, ColorsResult]("scapls/store/colors/list", Concurrent,
		"Returns the colour rules in their order.")
	ColorsPut = method[ColorsPutParams, ColorsResult]("scapls/store/colors/put", Concurrent,
		"Replaces the colour rules; answers with what is kept.")
	ColorsReset = method[Empty, ColorsResult]("scapls/store/colors/reset", Concurrent,
		"Makes the colour rules those that come with scapls.")
	ColorsText = method[ColorsTextParams, StoreExportResult]("scapls/store/colors/text", Concurrent,
		"Returns colour rules, which need not be kept, as a document to share.")
	ColorsRead = method[ColorsReadParams, ColorsReadResult]("scapls/store/colors/read", Concurrent,
		"Returns the colour rules of such a document; nothing is changed.")
	StoreExport = method[StoreExportParams, StoreExportResult]("scapls/store/export", Concurrent,
		"Returns saved filters, buttons and column sets as a document to share.")
	StoreImport = method[StoreImportParams, StoreImportResult]("scapls/store/import", Concurrent,
		"Takes such a document in.")
	StoreInfo = method[Empty, StoreInfoResult]("scapls/store/info", Concurrent,
		"Tells where things are kept between runs, and what is wrong there.")
	Stats = method[StatsParams, StatsResult]("scapls/stats", Concurrent,
		"Returns a part of a table of statistics about the rows of a list: calls, processes, files, connections, errors …")
	StatsSave = method[StatsSaveParams, Empty]("scapls/stats/save", Concurrent,
		"Writes a table of statistics to a file.")
	SeriesOf = method[SeriesParams, SeriesResult]("scapls/series", Concurrent,
		"Measures lines over time: events, bytes, errors, latencies, values of a field.")
	HeatOf = method[HeatParams, HeatResult]("scapls/heat", Concurrent,
		"Counts latencies by time and by length.")
	ScatterOf = method[ScatterParams, ScatterResult]("scapls/scatter", Concurrent,
		"Returns two fields of each row as points.")
	TimelineOf = method[TimelineParams, TimelineResult]("scapls/timeline", Concurrent,
		"Returns processes or threads as bars over time, with what they ran and when they waited.")
	StreamOf = method[StreamParams, StreamResult]("scapls/stream", Concurrent,
		"Returns what went through the descriptor of an event, from its opening to its close.")
	StreamSave = method[StreamSaveParams, StreamSaveResult]("scapls/stream/save", Concurrent,
		"Writes a stream to a file: its bytes, the file that was written, or packets.")
	Explain = method[EventParams, ExplainResult]("scapls/explain", Concurrent,
		"Says in plain words what an event tells, with the meaning of its arguments.")
	Profiles = method[ProfilesParams, ProfilesResult]("scapls/profiles", Concurrent,
		"Returns the profiles there are: those that come with scapls, and those of texts that people wrote.")
	ProfilesMatch = method[ProfilesMatchParams, ProfilesMatchResult]("scapls/profiles/match", Concurrent,
		"Tells which is the first of some filters that matches an event of a capture, so far.")
	Report = method[ReportParams, Empty]("scapls/report", Concurrent,
		"Writes facts, graphs and tables of a list as one HTML file that needs nothing else.")

	Notes = method[NotesParams, NotesResult]("scapls/notes", Concurrent,
		"Returns events that something is noted about: marks, events to ignore, time references, notes of people, comments in the file; and by how much times are shifted.")
	NotesSet = method[NotesSetParams, NotesChangedResult]("scapls/notes/set", Concurrent,
		"Marks events, has them ignored, makes them time references, or takes that or notes away. Notes are kept for the content of the capture; scapls/store/changed tells all windows.")
	NotesComment = method[NoteCommentParams, Empty]("scapls/notes/comment", Concurrent,
		"Writes a note on an event, or takes it away.")
	NotesShift = method[NotesShiftParams, NotesShiftResult]("scapls/notes/shift", Concurrent,
		"Shifts the times that are shown of a capture. Filters and other files are about the times in the file.")
	NotesFind = method[NotesFindParams, FindResult]("scapls/notes/find", Concurrent,
		"Finds the next or previous row of a list of which something is noted; from the other end when there is none.")
	NotesExport = method[NotesExportParams, NotesExportResult]("scapls/notes/export", Concurrent,
		"Returns what is noted about a capture as a document.")
	NotesImport = method[NotesImportParams, NotesImportResult]("scapls/notes/import", Concurrent,
		"Takes notes in, also of another capture that holds the same events.")

	Grown = notification[GrownParams]("scapls/grown",
		"An index has more events, or is complete. Sent at most five times a second for a session; the last one has done set.")
	Filtered = notification[FilteredParams]("scapls/filtered",
		"A filter that takes longer has been asked of more events, or of all. Sent at most five times a second for a list.")
	Colored = notification[ColoredParams]("scapls/colored",
		"Colour rules that take longer have been asked of more events, or of all. Sent at most five times a second for a list.")
	Sorting = notification[SortingParams]("scapls/sorting",
		"How far a list's sorting is that takes longer, ten times a second.")
	StoreChanged = notification[StoreChangedParams]("scapls/store/changed",
		"Something that is kept between runs has changed, in this window or another one.")
)

// Methods lists all requests, in the order of the documentation.
var Methods = []MethodInfo{
	Open.MethodInfo, Close.MethodInfo, Members.MethodInfo, Shift.MethodInfo, PageOf.MethodInfo, SortOf.MethodInfo, ColumnsOf.MethodInfo, CopyOf.MethodInfo, DetailOf.MethodInfo, BytesOf.MethodInfo,
	Processes.MethodInfo, FDs.MethodInfo, Users.MethodInfo, Groups.MethodInfo, Containers.MethodInfo, Interfaces.MethodInfo,
	Info.MethodInfo, Goto.MethodInfo,
	FilterCheck.MethodInfo, FilterComplete.MethodInfo, FilterHover.MethodInfo, FilterSignature.MethodInfo, FilterFormat.MethodInfo, FilterTranslate.MethodInfo,
	FilterCount.MethodInfo, FilterWhy.MethodInfo, FilterFrom.MethodInfo, FilterFields.MethodInfo, Find.MethodInfo, FindCount.MethodInfo, Related.MethodInfo,
	Export.MethodInfo,
	ColorsOf.MethodInfo,
	RecentList.MethodInfo, RecentDelete.MethodInfo, HistoryList.MethodInfo, HistoryPut.MethodInfo, HistoryDelete.MethodInfo,
	SavedList.MethodInfo, SavedPut.MethodInfo, SavedDelete.MethodInfo,
	ButtonsList.MethodInfo, ButtonsPut.MethodInfo, ButtonsDelete.MethodInfo, ButtonsReset.MethodInfo, ButtonsOrder.MethodInfo,
	ColumnsList.MethodInfo, ColumnsPut.MethodInfo, ColumnsDelete.MethodInfo, ViewGet.MethodInfo, ViewPut.MethodInfo,
	SettingsList.MethodInfo, SettingsPut.MethodInfo, SettingsDelete.MethodInfo,
	ColorsList.MethodInfo, ColorsPut.MethodInfo, ColorsReset.MethodInfo, ColorsText.MethodInfo, ColorsRead.MethodInfo,
	StoreExport.MethodInfo, StoreImport.MethodInfo, StoreInfo.MethodInfo,
	Stats.MethodInfo, StatsSave.MethodInfo, SeriesOf.MethodInfo, HeatOf.MethodInfo, ScatterOf.MethodInfo, TimelineOf.MethodInfo,
	StreamOf.MethodInfo, StreamSave.MethodInfo, Explain.MethodInfo, Profiles.MethodInfo, ProfilesMatch.MethodInfo, Report.MethodInfo,
	Notes.MethodInfo, NotesSet.MethodInfo, NotesComment.MethodInfo, NotesShift.MethodInfo, NotesFind.MethodInfo, NotesExport.MethodInfo, NotesImport.MethodInfo,
}

// Notifications lists all messages to the client that are not answered.
var Notifications = []MethodInfo{Grown.MethodInfo, Filtered.MethodInfo, Colored.MethodInfo, Sorting.MethodInfo, StoreChanged.MethodInfo}
