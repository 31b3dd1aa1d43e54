package httpx

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

var strictly sync.Once //nolint:gochecknoglobals // huma keeps these settings in package variables

// strict sets huma's process-wide choices: our problem bodies, exact names, arrays that are never null,
// and messages in the words of the product.
func strict() {
	strictly.Do(func() {
		huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, details ...error) huma.StatusError {
			return refusal(ctx.Context(), status, message, details)
		}
		huma.NewError = func(status int, message string, details ...error) huma.StatusError {
			// Without a request: huma asks for an empty example while it registers.
			return refusal(context.TODO(), status, message, details) //nolint:forbidigo // there is no request
		}
		huma.ValidateStrictCasing = true
		huma.DefaultArrayNullable = false
		speak()
	})
}

func speak() {
	validation.MsgUnexpectedProperty = "is no field of this request"
	validation.MsgExpectedRFC3339DateTime = "must be a time such as 2026-01-31T12:00:00Z"
	validation.MsgExpectedRFC3339Date = "must be a date such as 2026-01-31"
	validation.MsgExpectedRFC3339Time = "must be a time of day such as 12:00:00"
	validation.MsgExpectedRFC5322Email = "must be an e-mail address%.0v"
	validation.MsgExpectedRFC3986URI = "must be a web address%.0v"
	validation.MsgExpectedRFC4122UUID = "must be an id%.0v"
	validation.MsgExpectedMatchAtLeastOneSchema = "has none of the forms that are allowed"
	validation.MsgExpectedMatchExactlyOneSchema = "has none of the forms that are allowed"
	validation.MsgExpectedBoolean = "must be true or false"
	validation.MsgExpectedNumber = "must be a number"
	validation.MsgExpectedInteger = "must be a whole number"
	validation.MsgExpectedString = "must be text"
	validation.MsgExpectedBase64String = "must be base64"
	validation.MsgExpectedArray = "must be a list"
	validation.MsgExpectedObject = "must be an object"
	validation.MsgExpectedArrayItemsUnique = "must not hold a value twice"
	validation.MsgExpectedOneOf = "must be one of %s"
	validation.MsgExpectedMinimumNumber = "must be at least %v"
	validation.MsgExpectedExclusiveMinimumNumber = "must be more than %v"
	validation.MsgExpectedMaximumNumber = "must be at most %v"
	validation.MsgExpectedExclusiveMaximumNumber = "must be less than %v"
	validation.MsgExpectedNumberBeMultipleOf = "must be a multiple of %v"
	validation.MsgExpectedMinLength = "must have at least %d characters"
	validation.MsgExpectedMaxLength = "must have at most %d characters"
	validation.MsgExpectedBePattern = "must be %s"
	validation.MsgExpectedMatchPattern = "must match %s"
	validation.MsgExpectedMinItems = "must have at least %d entries"
	validation.MsgExpectedMaxItems = "must have at most %d entries"
	validation.MsgExpectedMinProperties = "must have at least %d fields"
	validation.MsgExpectedMaxProperties = "must have at most %d fields"
	validation.MsgExpectedRequiredProperty = requiredMark + "%s"
	validation.MsgExpectedDependentRequiredProperty = "needs %s beside %s"
}

// requiredMark goes before the name of a missing field, which refusal moves into the location.
const requiredMark = "is required: "

// refusal turns huma's own complaints into problems.
func refusal(ctx context.Context, status int, message string, details []error) *ProblemError {
	var fields []errs.Field
	query := 0
	for _, d := range details {
		if d == nil {
			continue
		}
		f := errs.Field{Location: "body", Message: d.Error()}
		if det, ok := d.(huma.ErrorDetailer); ok { // huma never wraps these
			f.Location, f.Message = det.ErrorDetail().Location, det.ErrorDetail().Message
		}
		f = reword(f)
		if strings.HasPrefix(f.Location, "path.") {
			// An id that cannot be one is the same as one that is not there.
			return newProblem(ctx, errs.NotFound, "", errs.Missing().Message, nil)
		}
		if strings.HasPrefix(f.Location, "query.") {
			query++
		}
		fields = append(fields, f)
	}
	switch {
	case CallFrom(ctx).tooLarge || status == http.StatusRequestEntityTooLarge:
		return newProblem(ctx, errs.TooLarge, "", "The request is too large.", nil)
	case len(fields) > 0 && query == len(fields):
		return newProblem(ctx, errs.Malformed, "bad_query", "The query cannot be read.", fields)
	}
	switch status {
	case http.StatusBadRequest:
		return newProblem(ctx, errs.Malformed, "", upperFirst(message)+".", fields)
	case http.StatusUnsupportedMediaType:
		return newProblem(ctx, errs.Unsupported, "", "This media type is not taken here.", nil)
	case http.StatusUnprocessableEntity:
		return newProblem(ctx, errs.Invalid, "", "Some fields need attention.", fields)
	case http.StatusRequestTimeout:
		return newProblem(ctx, errs.Malformed, "slow_body", "The request's body did not arrive in time.", nil)
	}
	return internalProblem(ctx)
}

// reword puts a missing field's name into the location and hides Go's words.
func reword(f errs.Field) errs.Field {
	if name, ok := strings.CutPrefix(f.Message, requiredMark); ok {
		return errs.Field{Location: f.Location + "." + name, Message: "is required"}
	}
	if rest, ok := strings.CutPrefix(f.Message, "json: cannot unmarshal "); ok {
		f.Message = "has a value that does not fit"
		if _, field, found := strings.Cut(rest, "Go struct field "); found {
			field, _, _ = strings.Cut(field, " ")
			if _, name, dotted := strings.Cut(field, "."); dotted {
				f.Location = "body." + name
			}
		}
		return f
	}
	switch {
	case strings.HasPrefix(f.Message, "required ") && strings.HasSuffix(f.Message, " parameter is missing"):
		f.Message = "is required"
	case f.Message == "invalid integer":
		f.Message = "must be a whole number"
	case f.Message == "invalid float":
		f.Message = "must be a number"
	case f.Message == "invalid boolean":
		f.Message = "must be true or false"
	case strings.HasPrefix(f.Message, "invalid value: "):
		f.Message = strings.TrimPrefix(f.Message, "invalid value: ")
	case strings.HasPrefix(f.Message, "cannot read multipart form"):
		f.Message = "must be a complete multipart form"
	case strings.Contains(f.Message, "encoding/json") || strings.HasPrefix(f.Message, "json: ") || strings.Contains(f.Message, "Go value"):
		f.Message = "has a value that does not fit"
	}
	return f
}
