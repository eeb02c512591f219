"""Settings as widgets, and the link that carries their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from ..settings import Setting
from .text import plain_text

_NONE_YET = object()


class Controls:
    """The widgets of one script run. Each keeps its value in the link, under the key of its setting.

    A link is read when a session starts, and again when the visitor goes back in the browser's history. An
    invalid value is replaced by the default and reported in `notices`. `write_link` writes the link at the end of
    the script: the values of the settings shown that differ from the default.

    Parameters
    ----------
    settings
        All settings of the page, by name.
    """

    def __init__(self, settings: Mapping[str, Setting]) -> None:
        self.settings = settings
        self.notices: list[str] = []
        self._link: dict[str, list[str]] = {}
        self._sent = {key: st.query_params.get_all(key) for key in st.query_params}
        self._shown: list[str] = []
        if self._is_new_link():
            for setting in settings.values():
                st.session_state.pop(setting.key, None)
            st.session_state.pop("pin", None)
            st.session_state.unread = dict(self._sent)
        st.session_state.link_sent = self._sent
        self._unread: dict[str, list[str]] = st.session_state.unread

    def _is_new_link(self) -> bool:
        """Return True if the link is not one that the page has written, or if the visitor went back to it.

        The browser sends the link that the page wrote last. If the visitor changes a control before that link has
        arrived, the browser sends the one before again; if no control has changed, the visitor went back to it.
        """
        written, sent = st.session_state.get("link_written"), st.session_state.get("link_sent")
        if self._sent == written:
            return False
        return self._sent != sent or all(
            st.session_state.get(key, _NONE_YET) == held for key, held in st.session_state.get("held", {}).items()
        )

    def is_on(self, name: str) -> bool:
        """Return the value of a switch before its control is shown."""
        setting = self.settings[name]
        if setting.key in st.session_state:
            return bool(st.session_state[setting.key])
        return self._unread.get(setting.key) == ["true"]

    def set(self, name: str, value: Any) -> None:
        """Set a control, and with it the link, from a callback."""
        setting = self.settings[name]
        st.session_state[setting.key] = setting.to_control(value)

    def unread_texts(self, key: str) -> list[str]:
        """Return, once, the texts in the link under a key that belongs to no control."""
        return self._unread.pop(key, [])

    def keep_in_link(self, key: str, text: str) -> None:
        """Add a text that belongs to no control to the link."""
        self._link[key] = [text]

    def show(self, name: str, default: Any, **options: Any) -> Any:
        """Show the control of a setting and return its value.

        Parameters
        ----------
        name
        default
            Value, which the link omits.
        **options
            Of the widget, beyond label, help, key and range.
        """
        setting = self.settings[name]
        self._load(setting, default)
        label = f"log₁₀ {setting.label.split()[-1]}" if setting.log else setting.label
        common: dict[str, Any] = {"label": label, "help": setting.help, "key": setting.key} | options
        if setting.choices:
            value = st.selectbox(options=list(setting.choices), format_func=_labels(setting), **common)
        elif setting.kind is bool:
            value = st.toggle(**common)
        elif setting.kind is tuple:
            value = self._show_numbers(setting, default, common)
        elif setting.step is None:
            value = self._show_number(setting, default, common)
        else:
            low, high = map(setting.to_control, setting.control_range)
            digits = f"%.{len(str(setting.step).partition('.')[2])}f"
            held = st.slider(min_value=low, max_value=high, step=setting.step, format=digits, **common)
            value = setting.from_control(held)
        return self._note(setting, value, default)

    def choice(self, name: str, default: Any = None, among: Sequence[Any] | None = None) -> Any:
        """Show the choices of a setting, or those among them that are offered, side by side.

        Return the one selected, or None if none need be.
        """
        setting = self.settings[name]
        offered = list(setting.choices or ()) if among is None else list(among)
        self._load(setting, default, fits=lambda value: value in offered)
        if default is not None and st.session_state[setting.key] not in offered:
            st.session_state[setting.key] = default
        value = st.segmented_control(
            setting.label, offered, required=default is not None, format_func=_labels(setting), key=setting.key,
            help=setting.help, wrap=True,
        )
        return self._note(setting, value, default)

    def choices(self, name: str, default: Sequence[Any]) -> list[Any]:
        """Show the choices of a setting side by side and return those selected; the default if there are none."""
        setting = self.settings[name]
        self._load(setting, list(default))
        options = list(setting.choices or ())
        selected = st.pills(
            setting.label, options, selection_mode="multi", default=None, format_func=_labels(setting), key=setting.key,
            help=setting.help, wrap=True,
        )
        if not selected:
            st.info(f"{setting.label}: none is selected, so the default is used.")
        self._note(setting, [value for value in options if value in selected], list(default))
        return [value for value in options if value in (selected or default)]

    def batch_size(self, name: str, default: int, n_samples: int) -> int:
        """Show the control of a batch size: powers of 2 up to all samples, and the size that the link asks for."""
        setting, default = self.settings[name], min(default, n_samples)
        self._load(setting, default, fits=lambda size: size <= n_samples)
        st.session_state[setting.key] = min(st.session_state[setting.key], n_samples)
        sizes = {2**k for k in range(13) if 2**k < n_samples} | {n_samples, default, st.session_state[setting.key]}
        value = st.selectbox(setting.label, sorted(sizes), help=setting.help, key=setting.key)
        return int(self._note(setting, value, default))

    def write_link(self) -> None:
        """Write the link of the controls shown, and of what no control has asked for yet."""
        texts = {key: values for key, values in (self._link | self._unread).items() if values}
        if texts != {key: st.query_params.get_all(key) for key in st.query_params}:
            st.query_params.from_dict(texts)
        st.session_state.link_written = texts
        st.session_state.held = {key: st.session_state[key] for key in [*self._shown, "pin"] if key in st.session_state}

    def _load(self, setting: Setting, default: Any, fits: Callable[[Any], bool] = lambda value: True) -> None:
        """Set the state of a widget about to be shown, from the link if it has not been read yet, or to the default."""
        self._shown.append(setting.key)
        texts = self._unread.pop(setting.key, None)
        if texts is not None:
            try:
                value = setting.from_links(texts)
                held = self._holdable(setting, value)
                if not fits(value):
                    raise ValueError(f"must be within the range of the {setting.label} control")
                st.session_state[setting.key] = held
                return
            except ValueError as fault:
                text = plain_text(texts[-1])
                notice = f"The link says {setting.key} = {text}, which {fault}. The default is used instead."
                self.notices.append(notice)
        if st.session_state.get(setting.key, _NONE_YET) is _NONE_YET:  # `in` would copy the whole state
            st.session_state[setting.key] = setting.to_control(default)

    @staticmethod
    def _holdable(setting: Setting, value: Any) -> Any:
        held = setting.to_control(value)
        if setting.step is not None or setting.kind in (int, float):
            low, high = map(setting.to_control, setting.control_range)
            if not low <= held <= high:
                raise ValueError(f"must be within the range of the {setting.label} control")
            held = type(low)(held)
        return held

    def _note(self, setting: Setting, value: Any, default: Any) -> Any:
        if value is not None and value != default:
            values = value if setting.many else [value]
            self._link[setting.key] = [setting.to_link(one) for one in values]
        return value

    @staticmethod
    def _show_numbers(setting: Setting, default: Any, common: dict[str, Any]) -> Any:
        """Show a text field of whole numbers; an invalid text keeps the last valid numbers."""
        last = f"last {setting.key}"
        try:
            st.session_state[last] = setting.from_control(st.text_input(**common))
        except ValueError as fault:
            st.error(f"{setting.label} {fault}. The previous values are kept.")
        return st.session_state.get(last, default)

    @staticmethod
    def _show_number(setting: Setting, default: Any, common: dict[str, Any]) -> Any:
        number: dict[str, Any] = {"step": 1.0, "format": "%.0f"}
        if setting.kind is float:
            number = {"step": default / 10, "format": "%.4g"}
        low, high = float(setting.low or (1e-6 if setting.open_low else 0)), float(setting.high)
        st.session_state[setting.key] = float(st.session_state[setting.key])
        return setting.kind(st.number_input(min_value=low, max_value=high, **number | common))


def _labels(setting: Setting) -> Callable[[Any], str]:
    choices = setting.choices or {}
    return lambda value: choices[value]
