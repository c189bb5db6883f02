// Package manual explains what captures are full of in plain words: system calls, error numbers, flags, categories of
// events. It is data with look-ups; what is said here is said to people, in hovers, completions and explanations.
package manual
