// Package find is what is searched for in rows, in bytes and in details: a text, bytes in hexadecimal, a regular
// expression. It reads what a person wrote, says where it is wrong, and finds it in bytes. It knows no capture.
package find
