// Package intake brings whole files of messages into the house: it reads
// dirty CSV and spreadsheet files, says beforehand what it would refuse and
// why, makes a ticket of every other row, and can replay messages that have an
// answer through the whole loop at their own dates. By the same means it reads
// the sheets of settings that are uploaded, and writes them for download.
//
// Reading, checking and planning are pure functions of the file, the city's
// data and a seed; only Import and Replay touch the store, and only by way of
// casework. What may not enter: rules of the life cycle, SQL, HTTP, the clock
// of the machine, and anything that prints.
package intake
