// Package open311 speaks GeoReport v2, the international interface for
// reporting matters to a city and following them, in JSON and XML. It
// translates between that interface and the use cases of casework: a service
// is a category, a service request is a ticket, an api_key is the bearer token
// of an account.
//
// Reading needs no key. It shows the process of every ticket that is not
// confidential, and words and place only of those that were published, as the
// reviewer published them.
//
// The answers follow https://wiki.open311.org/GeoReport_v2, with two
// differences: a failure on our side is 500 or 503 instead of 400, so that
// clients and proxies know that trying again may help, and a method that a
// resource does not have is 405.
//
// What may not enter: rules, SQL, personal data in answers.
package open311
