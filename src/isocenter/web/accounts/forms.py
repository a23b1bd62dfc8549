"""The forms in which people make their account and show their second factor."""

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from isocenter.terms.npi import NOT_AN_NPI, is_npi
from isocenter.web.models import Person, Role

_ABOUT = ("first_name", "last_name", "email", "credentials", "specialty", "npi", "license_number", "license_state")


class _StatesNpi:
    """A form with an NPI, which is checked where one is stated."""

    cleaned_data: dict[str, Any]

    def clean_npi(self) -> str:
        """The NPI; ValidationError where it is none."""
        written = str(self.cleaned_data["npi"] or "").strip()
        if written and not is_npi(written):
            raise forms.ValidationError(NOT_AN_NPI[0].upper() + NOT_AN_NPI[1:] + ".")
        return written


class NewAccount(_StatesNpi, BaseUserCreationForm):
    """The account that an invitation makes; its role is the invitation's."""

    class Meta:
        """What a person states of himself or herself."""

        model = Person
        fields = ("username", *_ABOUT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True
        self.fields["last_name"].required = True


class AboutPerson(_StatesNpi, forms.ModelForm):
    """What an administrator may change of a person."""

    role = forms.ChoiceField(choices=Role.choices())

    class Meta:
        """Name, license, role and whether the account is open."""

        model = Person
        fields = (*_ABOUT, "role", "is_active")


class Code(forms.Form):
    """The six digits of a second factor."""

    code = forms.RegexField(
        r"^\d{6}$",
        label="Six-digit code",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
