package worktime

import "time"

// statutory returns the festival of a day that is off by law and on the same
// date every year, so that it is known before the notice of its year is out.
// What the notice adds, moves and makes up for is not, nor are the festivals
// of the lunar calendar.
//
// Source: the measures on holidays for national festivals and commemorative
// days (全国年节及纪念日放假办法) of 1949 with the changes of 1999, 2007 and
// 2024, each from the year after it.
func statutory(t time.Time) (festival string, ok bool) {
	year, month, day := t.Date()
	labour, national := 1, 3
	switch {
	case year < 2000:
		national = 2
	case year < 2008:
		labour = 3
	case year >= 2025:
		labour = 2
	}
	switch {
	case month == time.January && day == 1:
		return "元旦", true
	case month == time.May && day <= labour:
		return "劳动节", true
	case month == time.October && day <= national:
		return "国庆节", true
	}
	return "", false
}

// unannounced is the status of a day whose year has no notice.
func unannounced(t time.Time) status {
	if _, off := statutory(t); off || weekend(t) {
		return 0
	}
	return working
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }
