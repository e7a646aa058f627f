// Package worktime knows which days and hours are worked and computes when a
// limit ends. It is pure: no clock, no store, no word of tickets; whoever
// calls it brings the instants and keeps the result.
//
// # Calendar
//
// A day is worked when it is a weekday, unless a notice makes it a holiday;
// a day of the weekend is worked when a notice makes it a make-up working day
// (调休上班). Every year has its own notice. A year without one is not
// published yet: it is counted with plain weekends and the days that are off
// by law on fixed dates, such as 1 January, and what was counted in it is
// provisional. Only the year of a day decides this: a day in December
// is taken as published with its own year, although the next year's notice
// may still move it, as it has four times since 2004.
//
// The facts in holidays.csv are those of the State Council's yearly notices
// on the arrangement of holidays (国务院办公厅关于部分节假日安排的通知), as
// compiled by two data sets under the MIT licence: NateScarlet/holiday-cn for
// 2007–2026 and vsme/chinese-days for 2004–2006. For 2007–2026 both agree on
// every day, which a test holds against the second one.
//
// # Counting
//
// Working days (wd). Counting starts on the next working day; the limit ends
// at the close of business of its last day. [Counting] changes either.
//
// Working minutes (wm). The clock runs inside the windows only. A start
// outside of them waits for the next window. The limit ends at the earliest
// instant at which that much time has been worked: 12:00, not 14:00, when the
// morning was enough.
//
// Hours, minutes and days of the clock (h, m, d; a day is 24 hours) know no
// holidays and are never provisional.
//
// Working time follows the wall clock of the calendar's location. Seconds and
// less are kept, never rounded.
package worktime
