package session

import "github.com/scapls/scapls/filter/assist"

// Values tells which values occur in the capture, for those who write filters. Counting them begins with the first call.
func (s *Session) Values() assist.Values {
	v := s.shared.x.Values()
	v.Warm()
	return v
}
