package ticket

// Texts returns the free texts that an event carries, for whoever stores them.
func Texts(e Event) []Text {
	c, ok := e.(interface{ texts() []Text })
	if !ok {
		return nil
	}
	var texts []Text
	for _, t := range c.texts() {
		if !t.IsZero() {
			texts = append(texts, t)
		}
	}
	return texts
}

func (r Reply) texts() []Text { return []Text{r.Text, r.Public, r.Override} }

func (e SubmittedEvent) texts() []Text { return []Text{e.Title, e.Body} }
func (e MaterialAdded) texts() []Text  { return []Text{e.Text} }
func (e InfoAsked) texts() []Text      { return []Text{e.Question} }
func (e InfoSupplied) texts() []Text   { return []Text{e.Text} }
func (e Answered) texts() []Text       { return e.Reply.texts() }
func (e RejectedEvent) texts() []Text  { return []Text{e.Note} }
func (e Dispatched) texts() []Text     { return []Text{e.Note} }
func (e Recalled) texts() []Text       { return []Text{e.Note} }
func (e ConsultBegun) texts() []Text   { return []Text{e.Note} }
func (e Unmerged) texts() []Text       { return []Text{e.Note} }
func (e MasterReplied) texts() []Text  { return e.Reply.texts() }
func (e ContactMade) texts() []Text    { return []Text{e.Note} }
func (e Delegated) texts() []Text      { return []Text{e.Note} }
func (e TakenBack) texts() []Text      { return []Text{e.Reason} }
func (e Requested) texts() []Text {
	return []Text{e.Request.Reason, e.Request.Basis, e.Request.Interim}
}
func (e RequestDeclined) texts() []Text   { return []Text{e.Note} }
func (e ReturnApproved) texts() []Text    { return []Text{e.Note} }
func (e ReturnRefused) texts() []Text     { return []Text{e.Note} }
func (e ExtensionApproved) texts() []Text { return []Text{e.Note} }
func (e ExtensionRefused) texts() []Text  { return []Text{e.Note} }
func (e SuspensionRefused) texts() []Text { return []Text{e.Note} }
func (e Resumed) texts() []Text           { return []Text{e.Note} }
func (e Drafted) texts() []Text           { return e.Reply.texts() }
func (e DraftSentBack) texts() []Text     { return []Text{e.Note} }
func (e PartSentBack) texts() []Text      { return []Text{e.Note} }
func (e ReplySentBack) texts() []Text     { return []Text{e.Note} }
func (e Rated) texts() []Text             { return []Text{e.Remark} }
func (e FollowedUp) texts() []Text        { return []Text{e.Call.Remark} }
func (e Urged) texts() []Text             { return []Text{e.Note} }
func (e Ordered) texts() []Text           { return []Text{e.Reason} }
func (e OrderAnswered) texts() []Text     { return []Text{e.Answer} }
func (e WithdrawnEvent) texts() []Text    { return []Text{e.Note} }
func (e Appealed) texts() []Text          { return []Text{e.Reason} }
func (e AppealDecided) texts() []Text     { return []Text{e.Note} }
func (e PublishedEvent) texts() []Text    { return []Text{e.Title, e.Body, e.Reply} }
func (e Unpublished) texts() []Text       { return []Text{e.Note} }
func (e ConfidentialSet) texts() []Text   { return []Text{e.Note} }
