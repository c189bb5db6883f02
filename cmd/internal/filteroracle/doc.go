// Command filteroracle asks real sysdig and scapls the same filters of the same captures and compares which events match.
//
//	filteroracle [-peer sysdig|strato|translations] [-shared DIR] [-only TEXT] [-record] [-v N]
//
// The filters are testdata/filter/oracle.txt. An event is told by its time, thread and type. Each filter is asked of the
// two captures of testdata/captures and of one of three others in turn, in the calls view, which sysdig 0.41 shows. What
// only that view of ours lists, calls that never returned, is left aside. sysdig asks most filters before it takes an
// event into its state, so that they see another value than it prints; where results differ, they are compared with those
// of its option -d, which asks afterwards. With -record sysdig's results for the former
// are written to testdata/filter/expected, where the tests of package filter find them.
//
// With -peer strato the filters are testdata/filter/display.txt, asked of captures that hold exits only; there the numbers
// of Stratoshark's frames are those of events. With -peer translations each filter of one list is asked here, and its
// translation of the peer that speaks the other language.
package main
