package graph

import "testing"

// What the parser and the validator say of a request does not repeat its texts and numbers: one of them may be a
// password in the wrong place.
func TestAnErrorDoesNotRepeatAValue(t *testing.T) {
	for said, want := range map[string]string{
		`String cannot represent a non string value: ["hush"]`:                           `String cannot represent a non string value: […]`,
		`String cannot represent a non string value: {value:"hu\"sh hush"}`:              `String cannot represent a non string value: {value:…}`,
		`String cannot represent a non string value: 12345678`:                           `String cannot represent a non string value: …`,
		`Int cannot represent non-integer value: "hush"`:                                 `Int cannot represent non-integer value: …`,
		`Int cannot represent non 32-bit signed integer value: 99999999999`:              `Int cannot represent non 32-bit signed integer value: …`,
		`Enum "UserRole!" cannot represent non-enum value: "hush".`:                      `Enum "UserRole!" cannot represent non-enum value: ….`,
		`Expected value of type "DateTime!", found "hush".`:                              `Expected value of type "DateTime!", found ….`,
		`Expected :, found String "hush"`:                                                `Expected :, found String …`,
		`Unexpected String "hush"`:                                                       `Unexpected String …`,
		`Unexpected Name "querry"`:                                                       `Unexpected Name …`,
		`Invalid character escape sequence: \uhush and the rest`:                         `Invalid character escape sequence.`,
		"hush\nhush is not a valid UserRole":                                             `not a valid UserRole`,
		`Cannot query field "nothing" on type "Query".`:                                  `Cannot query field "nothing" on type "Query".`,
		`Value "BOSS" does not exist in "UserRole!" enum.`:                               `Value "BOSS" does not exist in "UserRole!" enum.`,
		`Field "createRegion" argument "input" of type "CreateRegionInput!" is required`: `Field "createRegion" argument "input" of type "CreateRegionInput!" is required`,
	} {
		if got := unquoted(said); got != want {
			t.Errorf("%q becomes %q, want %q", said, got, want)
		}
	}
}
