"""Settings as widgets, and the link that carries their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import streamlit as st

from .. import links
from ..settings import AmbiguousNumber, Setting
from .text import plain_text, size_of

Link: TypeAlias = dict[str, list[str]]
"""Texts of a link by key."""

_NONE_YET = object()
_MAX_LINKS = 50  # that the browser may not have received yet
_DETAILED = 4  # parts of a link that are explained when they are left out


@dataclass
class _Session:
    """State of the controls between script runs."""

    waiting: dict[str, Any] = field(default_factory=dict)
    """Contents of controls that are not shown, and texts of the link that belong to no control, by key."""
    links: list[Link] | None = None
    """Link that the browser had at the last run, and those that the page has written since."""
    held: dict[str, Any] = field(default_factory=dict)
    """Contents of the controls at the end of the last run."""
    fields: dict[str, str] = field(default_factory=dict)
    """Contents of the text fields as last shown."""
    changed: set[str] = field(default_factory=set)
    """Keys of the controls whose content the script or a callback has set since."""
    refused: dict[str, str] = field(default_factory=dict)
    """Sentences on typed texts that cannot be used."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Parts of the link that cannot be used, and why, until a run has said so."""


class Controls:
    """The widgets of one script run. Each keeps its value in the link, under the key of its setting.

    A link is read when a session starts, and again when the visitor goes back in the browser's history; `notice` says
    what of it cannot be used. `write_link` writes the link at the end of the script: the values that the page has asked
    for and that differ from the default, and those that it has not asked for yet.

    Parameters
    ----------
    settings
        All settings of the page, by name.
    texts
        Keys in the link of texts that belong to no control.
    """

    def __init__(self, settings: Mapping[str, Setting], texts: Sequence[str] = ()) -> None:
        self.settings = settings
        self.places: dict[str, Any] = {}
        """Containers of controls that are shown elsewhere than where the script shows them, by name."""
        self.hides: Callable[[str], bool] = lambda name: False
        """True for the names of controls that are not shown; their values still count."""
        self._texts = texts
        self._by_key = {setting.key: setting for setting in settings.values()}
        self._link: Link = {}
        self._shown: list[str] = []
        self._asked: set[str] = set()
        st.session_state.setdefault("controls", _Session())
        sent = {key: st.query_params.get_all(key) for key in st.query_params}
        if self._is_new_link(sent):
            for key in (*self._by_key, *texts):
                st.session_state.pop(key, None)
            st.session_state.controls = _Session()
            self._session.waiting = self._read(sent)
            self._session.links = [sent]

    @property
    def _session(self) -> _Session:
        """State of the session: of the current one, also in a callback with the object of an earlier run."""
        session: _Session = st.session_state.controls
        return session

    def _is_new_link(self, sent: Link) -> bool:
        """Return True if the link is not one that the page has written, or if the visitor went back to it.

        The browser sends the link that the page wrote last. If the visitor changes controls before it has arrived, the
        browser sends one of those before; if no control has changed, the visitor went back to it.
        """
        links = self._session.links
        if links is None or sent not in links:
            return True
        if sent == links[-1]:
            self._session.links = [sent]
            return False
        if self._session.changed:
            return False
        held = self._session.held.items()
        return all(st.session_state.get(key, _NONE_YET) == content for key, content in held)

    def _read(self, sent: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return the contents of controls, and the other texts, that a link has; list what it has besides."""
        found, unknown = links.parse_link(sent, {*self._by_key, *self._texts})
        contents: dict[str, Any] = {key: found.pop(key) for key in self._texts if key in found}
        for key, values in found.items():
            try:
                setting = self._by_key[key]
                value = setting.from_links(values)
                contents[key] = value if setting.many else _in_range(setting, value)
            except ValueError as fault:
                self.leave_out(f"{key} = {plain_text(values[-1])}", str(fault))
        for key in unknown:
            self.leave_out(plain_text(key) or "a value without a name", "is not a setting of this page")
        return contents

    def leave_out(self, part: str, reason: str) -> None:
        """Note a part of the link that cannot be used, and why: a text that can follow "which"."""
        self._session.left_out.append((part, reason))

    @property
    def notice(self) -> str:
        """Sentence on the parts of the link that were left out; empty if there are none."""
        left_out = self._session.left_out
        if not left_out:
            return ""
        parts = [f"{part}, which {reason}" for part, reason in left_out[:_DETAILED]]
        parts += [part for part, _ in left_out[_DETAILED:]]
        return f"These parts of the link cannot be used, so the defaults apply: {'; '.join(parts)}."

    def peek(self, name: str, default: Any) -> Any:
        """Return the value of a setting before its control is shown."""
        setting = self.settings[name]
        content = st.session_state.get(setting.key)
        content = self._session.waiting.get(setting.key) if content is None else content
        return default if content is None else setting.from_control(content)

    def set(self, name: str, value: Any) -> None:
        """Set a control, and with it the link, from a callback."""
        setting = self.settings[name]
        self.put(setting.key, setting.to_control(value))

    def put(self, key: str, content: Any) -> None:
        """Set the content of the widget with a key; in callbacks, `self` is the object of an earlier run."""
        st.session_state[key] = content
        self._session.changed.add(key)

    def unread_texts(self, key: str) -> list[str]:
        """Return, once, the texts in the link under a key that belongs to no control."""
        texts: list[str] = self._session.waiting.pop(key, [])
        return texts

    def open_link(self, link: Link) -> None:
        """Set all controls to those of a link, from a callback."""
        for key in (*self._by_key, *self._texts):
            st.session_state.pop(key, None)
        # The browser may not have the last link yet, so this must not look like a way back to an earlier one.
        st.session_state.controls = _Session(links=st.session_state.controls.links, changed={"a link"})
        self._session.waiting = self._read(link)

    def drop(self, key: str, reason: str = "") -> None:
        """Leave a key out of the link; if the link has it, say why, with a text that can follow "which"."""
        self._link.pop(key, None)
        content = self._session.waiting.pop(key, None)
        if content is not None and reason:
            held = self._by_key[key].content_to_link(content) if key in self._by_key else content[-1]
            self.leave_out(f"{key} = {plain_text(held)}", reason)
        st.session_state.pop(key, None)

    def keep_in_link(self, key: str, text: str) -> None:
        """Add a text that belongs to no control to the link."""
        self._link[key] = [text]

    def value(self, name: str, default: Any) -> Any:
        """Return the value of a setting, and keep it in the link, without showing its control."""
        setting, waiting = self.settings[name], self._session.waiting
        key = setting.key
        self._asked.add(key)
        if (content := st.session_state.get(key)) is not None:  # shown before, or set by a callback
            waiting[key] = content
            del st.session_state[key]
        if key not in waiting:
            return self._note(setting, default, default)
        return self._note(setting, waiting[key] if setting.many else setting.from_control(waiting[key]), default)

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
        if self.hides(name):
            return self.value(name, default)
        with self.places.get(name) or nullcontext():
            return self._show(self.settings[name], default, options)

    def _show(self, setting: Setting, default: Any, options: Mapping[str, Any]) -> Any:
        self._load(setting, default)
        label = f"log₁₀ {setting.label.split()[-1]}" if setting.log else setting.label
        common: dict[str, Any] = {"label": label, "help": setting.help, "key": setting.key, **options}
        if setting.choices:
            value = st.selectbox(options=list(setting.choices), format_func=_labels(setting), **common)
        elif setting.kind is bool:
            value = st.toggle(**common)
        elif setting.typed:
            self._session.fields[setting.key] = st.session_state[setting.key]
            text = st.text_input(on_change=self._take_text, args=[setting, setting.key], **common)
            value = setting.from_control(text)
            self._show_refusal(setting.key, st)
        else:
            low, high = map(setting.to_control, setting.control_range)
            digits = f"%.{len(str(setting.step).partition('.')[2])}f"
            # Without a default Streamlit copies the whole state of the session, which takes half the widget's time;
            # with one it warns if a callback has just set the content.
            start = None if setting.key in self._session.changed else low
            held = st.slider(
                min_value=low, max_value=high, value=start, step=setting.step, format=digits, **common
            )
            value = setting.from_control(held)
        return self._note(setting, value, default)

    def choice(self, name: str, default: Any = None, among: Sequence[Any] | None = None, **options: Any) -> Any:
        """Show the choices of a setting, or those among them that are offered, side by side.

        Return the one selected, or None if none need be. Further options are those of the widget.
        """
        setting = self.settings[name]
        offered = list(setting.choices or ()) if among is None else list(among)
        if self.hides(name):
            return self._offered(setting, self.value(name, default), default, offered)
        from_link = setting.key in self._session.waiting
        self._load(setting, default)
        content = st.session_state[setting.key]
        if default is not None and content not in offered:
            self.put(setting.key, default)
            if from_link:
                self.leave_out(f"{setting.key} = {content}", "is not offered here")
        value = st.segmented_control(
            setting.label, offered, required=default is not None, format_func=_labels(setting), key=setting.key,
            **{"help": setting.help, "wrap": True, **options},
        )
        return self._note(setting, value, default)

    def _offered(self, setting: Setting, value: Any, default: Any, offered: Sequence[Any]) -> Any:
        """Return the value of a choice that is not shown, or the default if it is not offered."""
        if default is None or value in offered:
            return value
        self.drop(setting.key, "is not offered here")
        return default

    def choices(self, name: str, default: Sequence[Any]) -> list[Any]:
        """Show the choices of a setting side by side and return those selected; the default if there are none."""
        if self.hides(name):
            return list(self.value(name, list(default)))
        setting = self.settings[name]
        self._load(setting, list(default))
        options = list(setting.choices or ())
        selected = st.pills(
            setting.label, options, selection_mode="multi", default=None, format_func=_labels(setting), key=setting.key,
            help=setting.help, wrap=True,
        )
        if not selected:
            st.info(f"{setting.label}: none selected, so the default selection is used.")
        chosen = [value for value in options if value in (selected or default)]
        return list(self._note(setting, chosen, [value for value in options if value in default]))

    def batch_size(self, name: str, default: int, n_samples: int) -> int:
        """Show the control of a batch size and return the size, which may be larger than all samples.

        The sizes offered are powers of 2, all samples, and the size chosen. If that is larger than all samples, it
        stays chosen, and counts again once there are enough of them.
        """
        if self.hides(name):
            return int(self.value(name, default))
        setting = self.settings[name]
        self._load(setting, default)
        chosen = size_of(st.session_state[setting.key], int(setting.high))
        self.put(setting.key, chosen)  # the browser knows it by its label, which may change
        sizes = {2**k for k in range(13) if 2**k < n_samples} | {max(chosen, n_samples)}
        sizes |= {size for size in (default, chosen) if size < n_samples}

        def label(size: int) -> str:
            chosen = "" if size == setting.high else f"; {size} chosen"
            return f"{n_samples} (all{chosen})" if size > n_samples else f"{size}"

        value = st.selectbox(setting.label, sorted(sizes), help=setting.help, key=setting.key, format_func=label)
        return int(self._note(setting, value, default))

    @property
    def link(self) -> Link:
        """Link of the controls so far, and of what the page has not asked for."""
        others = {key: held for key, held in self._session.waiting.items() if key not in self._asked}
        texts = {key: _texts(self._by_key[key], held) if key in self._by_key else held for key, held in others.items()}
        return {key: values for key, values in (self._link | texts).items() if values}

    def write_link(self) -> None:
        """Write the link, and remember what the controls hold."""
        link, session = self.link, self._session
        assert session.links is not None
        if link != session.links[-1]:
            session.links = [session.links[0], *session.links[1:][-_MAX_LINKS:], link]
        if link != {key: st.query_params.get_all(key) for key in st.query_params}:
            st.query_params.from_dict(link)
        keys = [*self._shown, *self._texts]
        session.held = {key: st.session_state[key] for key in keys if key in st.session_state}
        session.changed.clear()
        session.left_out.clear()

    def shows(self, key: str) -> None:
        """Note that a widget is shown that is no control; if it changes, the visitor did not go back in the history."""
        self._shown.append(key)

    def _load(self, setting: Setting, default: Any) -> None:
        """Set the state of a widget about to be shown, from the link if it has not been read yet, or to the default."""
        key = setting.key
        self._shown.append(key)
        if key in self._session.waiting:
            self.put(key, self._session.waiting.pop(key))
        elif st.session_state.get(key) is None:  # `in` would copy the whole state
            self.put(key, setting.to_control(default))

    def _note(self, setting: Setting, value: Any, default: Any) -> Any:
        if value is not None and value != default:
            self._link[setting.key] = _texts(setting, value if setting.many else setting.to_control(value))
        return value

    # Numbers to type.

    def show_with_number(self, name: str, default: float) -> float:
        """Show a logarithmic slider below its value as a number to type, and return the value."""
        if self.hides(name):
            return float(self.value(name, default))
        with self.places.get(name) or nullcontext():
            place = st.container()
        value: float = self.show(name, default)
        setting, key, text = self.settings[name], f"typed_{name}", f"{value:.4g}"
        self._shown.append(key)
        self._session.fields[key] = text
        if st.session_state.get(key) != text:
            self.put(key, text)
        place.text_input(setting.label, help=setting.help, key=key, on_change=self._take_text, args=[setting, key])
        self._show_refusal(key, place)
        return value

    def _take_text(self, setting: Setting, key: str) -> None:
        """Take what has been typed into a field, or say why it cannot be used; the value before then stays."""
        text, before = st.session_state[key], self._session.fields[key]
        self.put(key, before)
        try:
            self.put(setting.key, _in_range(setting, setting.from_text(text)))
        except ValueError as fault:
            self._session.refused[key] = refusal(setting, text, before, fault)

    def _show_refusal(self, key: str, place: Any) -> None:
        """Show, once, why what was typed into a field is not used."""
        if sentence := self._session.refused.pop(key, ""):
            place.error(sentence)


def refusal(setting: Setting, text: str, before: str, fault: ValueError) -> str:
    """Return a sentence on why a typed text is not used, and on what stays in its place."""
    typed = f"“{plain_text(text)}”" if text.strip() else "An empty field"
    ambiguous = isinstance(fault, AmbiguousNumber)
    reason = f"it {fault}" if ambiguous else f"{setting.label} must {setting.plain_expectation}"
    return f"{typed} is not used: {reason}. {setting.label} stays {before or 'empty'}."


def _in_range(setting: Setting, value: Any) -> Any:
    """Return the content of a control for a value.

    Raises
    ------
    ValueError
        If the control cannot hold it.
    """
    if setting.step is not None or (setting.typed and setting.kind is not tuple):
        low, high = setting.control_range
        if not low <= value <= high:
            raise ValueError(f"must be within the range of the {setting.label} control")
    return setting.to_control(value)


def _texts(setting: Setting, content: Any) -> list[str]:
    """Return the texts in a link for the content of a control, one for each choice if there may be several."""
    return [setting.content_to_link(one) for one in (content if setting.many else [content])]


def _labels(setting: Setting) -> Callable[[Any], str]:
    choices = setting.choices or {}
    return lambda value: choices[value]
