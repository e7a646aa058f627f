package open311

import "encoding/xml"

// The structs below are the answers of the specification, element by element
// and in the order of its examples.

type service struct {
	Code        string `json:"service_code" xml:"service_code"`
	Name        string `json:"service_name" xml:"service_name"`
	Description text   `json:"description" xml:"description"`
	Metadata    bool   `json:"metadata" xml:"metadata"`
	Type        string `json:"type" xml:"type"`
	Keywords    text   `json:"keywords" xml:"keywords"`
	Group       text   `json:"group" xml:"group"`
}

type definition struct {
	XMLName    xml.Name    `json:"-" xml:"service_definition"`
	Code       string      `json:"service_code" xml:"service_code"`
	Attributes []attribute `json:"attributes" xml:"attributes>attribute"`
}

type attribute struct {
	Variable            bool    `json:"variable" xml:"variable"`
	Code                string  `json:"code" xml:"code"`
	Datatype            string  `json:"datatype" xml:"datatype"`
	Required            bool    `json:"required" xml:"required"`
	DatatypeDescription text    `json:"datatype_description" xml:"datatype_description"`
	Order               int     `json:"order" xml:"order"`
	Description         text    `json:"description" xml:"description"`
	Values              []value `json:"values" xml:"values>value"`
}

type value struct {
	Key  string `json:"key" xml:"key"`
	Name string `json:"name" xml:"name"`
}

type request struct {
	ID                string `json:"service_request_id" xml:"service_request_id"`
	Status            string `json:"status" xml:"status"`
	StatusNotes       text   `json:"status_notes" xml:"status_notes"`
	ServiceName       text   `json:"service_name" xml:"service_name"`
	ServiceCode       string `json:"service_code" xml:"service_code"`
	Description       text   `json:"description" xml:"description"`
	AgencyResponsible text   `json:"agency_responsible" xml:"agency_responsible"`
	ServiceNotice     absent `json:"service_notice" xml:"service_notice"`
	Requested         string `json:"requested_datetime" xml:"requested_datetime"`
	Updated           text   `json:"updated_datetime" xml:"updated_datetime"`
	Expected          text   `json:"expected_datetime" xml:"expected_datetime"`
	Address           text   `json:"address" xml:"address"`
	AddressID         text   `json:"address_id" xml:"address_id"`
	Zipcode           absent `json:"zipcode" xml:"zipcode"`
	Lat               absent `json:"lat" xml:"lat"`
	Long              absent `json:"long" xml:"long"`
	MediaURL          absent `json:"media_url" xml:"media_url"`
}

type receipt struct {
	ID            string `json:"service_request_id" xml:"service_request_id"`
	ServiceNotice text   `json:"service_notice" xml:"service_notice"`
	AccountID     text   `json:"account_id" xml:"account_id"`
}

type tokenAnswer struct {
	ID    string `json:"service_request_id" xml:"service_request_id"`
	Token string `json:"token" xml:"token"`
}

type discovery struct {
	XMLName    xml.Name   `json:"-" xml:"discovery"`
	Changeset  string     `json:"changeset" xml:"changeset"`
	Contact    string     `json:"contact" xml:"contact"`
	KeyService string     `json:"key_service" xml:"key_service"`
	Endpoints  []endpoint `json:"endpoints" xml:"endpoints>endpoint"`
}

type endpoint struct {
	Specification string   `json:"specification" xml:"specification"`
	URL           string   `json:"url" xml:"url"`
	Changeset     string   `json:"changeset" xml:"changeset"`
	Type          string   `json:"type" xml:"type"`
	Formats       []string `json:"formats" xml:"formats>format"`
}
