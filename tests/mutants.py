"""Do the tests bite? Put faults into a copy of the project, one at a time, and run the tests that should see them.

    python -m tests.mutants              # all faults
    python -m tests.mutants Mars rate    # those whose names contain one of these words

Each fault replaces one piece of code, which must stand in its file exactly once; otherwise the script stops and says
so, and the fault must be written anew. The tests must pass before the first fault. A fault is killed if a test fails,
and survives if all pass; at most one may survive. The working tree stays as it is. It takes some five minutes, and
needs Chromium for the faults that only a browser can see.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
COPIED = ["app.py", "assets", "orbitopt", "tests", "pyproject.toml", ".streamlit"]
SECONDS = 240
"""After which a test run counts as failed."""
MAX_SURVIVORS = 1

LAYERS = "tests/page/test_layers.py"
SECTION_LAYERS = "tests/page/test_section_layers.py"
COLUMNS = "tests/test_columns.py"
LABELS = "tests/test_labels.py"
SECTION_COLUMNS = "tests/page/test_section_columns.py"
VALUES = "tests/page/test_values.py"
FIGURES = "tests/test_drawn_figures.py"
DRAWN = "tests/page/test_drawn.py::"
CLICKED = "tests/page/test_clicked.py::"
SCREEN = "tests/page/test_screen.py::"
LINKED = "tests/page/test_sidebar.py"
TYPED = "tests/page/test_controls.py"
OWN = "tests/page/test_own_samples.py"

PICTURES = "orbitopt/page/pictures.py"
VEGA = "orbitopt/page/vega.py"
OVERVIEW = "orbitopt/page/overview.py"
CONTROLS = "orbitopt/page/controls.py"
TRACES = "orbitopt/traces.py"
SURFACES = "orbitopt/surfaces.py"
LABELS_FILE = "orbitopt/labels.py"
ORBITS, ORBITS_TEST = "orbitopt/orbits.py", "tests/test_orbits.py"
ORBIT_DATA, ORBIT_DATA_TEST = "orbitopt/orbit_data.py", "tests/test_orbit_data.py"
SURFACE = "orbitopt/page/surface.py"
RATES = "orbitopt/page/sections/learning_rates.py"
STARTS = "orbitopt/page/sections/starting_points.py"
STEPS = "orbitopt/steps.py"
PLAYER = "assets/player.js"
LESSON = "orbitopt/page/lesson.py"
LESSON_PARTS = "orbitopt/lesson_parts.py"
FINDINGS = "orbitopt/findings.py"
SHARE = "orbitopt/page/share.py"
WEB_PAGE = "orbitopt/web_page.py"
PLAYED = "tests/page/test_web_page_played.py::"
LESSONS_DRAWN = "tests/page/test_lessons_drawn.py::"


class Fault(NamedTuple):
    """One fault: a piece of code, what replaces it, and the tests that should see it."""

    name: str
    file: str
    old: str
    new: str
    tests: str


FAULTS = [
    # The orbits.
    Fault("the colours of the two orbits are swapped", ORBITS,
          'return planet.lower() if', 'return {"Earth": "mars", "Mars": "earth"}[planet] if', ORBITS_TEST),
    Fault("Mars is on the right", ORBITS, '"x": -hohmann.MARS_ORBIT', '"x": hohmann.MARS_ORBIT', ORBITS_TEST),
    Fault("all ellipses are 20 % small", PICTURES, "* min(width, height) /", "* 0.8 * min(width, height) /", LAYERS),
    Fault("the true ellipse lies on the wrong side of the Sun", ORBITS,
          '"centre": -problem.focus_offset', '"centre": problem.focus_offset', ORBITS_TEST),
    Fault("the fitted ellipse lies on the wrong side of the Sun", PICTURES,
          'centre="-datum.offset"', 'centre="datum.offset"', LAYERS),
    Fault("the chart does not grow to an orbit", ORBITS,
          "return _MARGIN * max(", "return min(_PUBLISHED_LIMIT, 9.0) or max(", ORBITS_TEST),
    Fault("the loss surface stands on the left", PICTURES,
          '"fit" if residuals else "orbits"', '"fit" if residuals else "surface"', "tests/page/test_pictures.py"),
    # Loss and surface.
    Fault("the tooltips of the two losses are swapped", VEGA,
          'tooltip("batch_loss", "Loss of', 'tooltip("full_loss", "Loss of', LAYERS),
    Fault("the tooltips of A and B are swapped", VEGA,
          'RUN_TOOLTIPS = [\n    tooltip("update", "After update", ","),\n    tooltip("a",',
          'RUN_TOOLTIPS = [\n    tooltip("update", "After update", ","),\n    tooltip("b",', LAYERS),
    Fault("the axis always says Update", VEGA, "axis(PROGRESS_AXES[over]", 'axis(PROGRESS_AXES["update"]', LAYERS),
    Fault("the loss has a linear axis", VEGA,
          'framed("loss", dataset, type="log")', 'framed("loss", dataset)', LAYERS),
    Fault("the star is at the truth and the rings are at start and optimum", SURFACE,
          'rings = points.transform_filter("datum.place != \'optimum\'")',
          'rings = points.transform_filter("datum.place != \'truth\'")', LAYERS),
    Fault("the casing is above the path", SURFACE,
          'vega.of_role(casing, "casing").encode(x, y),\n        vega.run_line(strokeWidth=width, strokeJoin="round")'
          '.encode(x, y, vega.DASH),',
          'vega.run_line(strokeWidth=width, strokeJoin="round").encode(x, y, vega.DASH),\n        '
          'vega.of_role(casing, "casing").encode(x, y),', LAYERS),
    Fault("a mark at the frame is there before the run leaves", SURFACE,
          "datum.x >= datum.exit_x", "datum.x <= datum.exit_x", LAYERS),
    Fault("every band has the colour of the next level", SURFACES,
          "(len(levels) - k, level)", "(len(levels) - k - 1, level)", COLUMNS),
    Fault("levels outside the square are painted", SURFACES,
          "(patch for patch in patches if patch[0] < ground)", "patches", COLUMNS),
    Fault("values on contours cover the marks", LABELS_FILE,
          "*_mark_boxes(reference, square, text), *_reference_boxes", "*_reference_boxes", LABELS),
    Fault("names of close points are written over each other", LABELS_FILE,
          "< _NEAR]", "< 0.0]", LABELS),
    Fault("a path leaves on the wrong side", SURFACES,
          "(high - before) / move, np.where(move < 0.0, (low - before) / move",
          "(low - before) / move, np.where(move < 0.0, (high - before) / move", "tests/test_surfaces.py"),
    Fault("the window is no square", SURFACES,
          "(a_low, a_low + side)", "(a_low, ends[0][1])", COLUMNS),
    Fault("the colours have another order than the theme's", VEGA,
          "alt.Scale(domain=list(COLOURS))", "alt.Scale(domain=sorted(COLOURS))", LAYERS),
    Fault("the playhead is that of another run", VEGA, '"datum.index == 0"', '"datum.index == 1"', LAYERS),
    Fault("the thick curve is that of the mini-batches", PICTURES,
          "encode(x, full_loss, vega.DASH)", "encode(x, batch_loss, vega.DASH)", LAYERS),
    Fault("the contours are those of another window", PICTURES,
          "surface_table(page.problem, group.axis_limits, domain_only)",
          "surface_table(page.problem, ((0.0, 1.5), (0.0, 2.0)), domain_only)", VALUES),
    Fault("truth and optimum are swapped", LABELS_FILE,
          '**true, "optimum": optimum[:2]', '"truth": optimum[:2], "optimum": truth', COLUMNS),
    Fault("the noise floor is at the variance times 12", TRACES,
          "np.array([noise_floor(noise_scale)]", "np.array([12.0 * noise_floor(noise_scale)]", COLUMNS),
    Fault("the contours are those of the other loss", SURFACES,
          "*limits, domain_only, problem", "*limits, not domain_only, problem", COLUMNS),
    Fault("x and y of the samples are swapped", ORBITS,
          "for name, column in samples._asdict().items()}", 'for name, column in zip("yx", samples, strict=True)}',
          ORBITS_TEST),
    # Groups of runs.
    Fault("a race over epochs is drawn over updates", TRACES,
          'fields = {"x": self.over} |', 'fields = {"x": "update"} |', COLUMNS),
    Fault("the pinned run is drawn on top", TRACES,
          "indexed = dict(reversed([*enumerate(self.traces.values())]))",
          "indexed = dict([*enumerate(self.traces.values())])", COLUMNS),
    Fault("a run stands where the other one does", TRACES,
          'f"end_{end}": np.array([self.traces[name].rows[column][-1] for name in names])',
          'f"end_{end}": np.array([self.traces[name].rows[column][-1] for name in names[::-1]])', COLUMNS),
    Fault("update and epoch are swapped on their way to the player", TRACES,
          'self.loss, "update", "epoch")', 'self.loss, "epoch", "update")', COLUMNS),
    Fault("the axis of progress ends with the first run", TRACES,
          "max(self.length, *(float(one.rows[self.over][-1]) for one in self.traces.values()))",
          "max(self.length, float(self.main.rows[self.over][-1]))", COLUMNS),
    Fault("the timeline of a question ends where it starts", TRACES, "max(self.length, *(", "max(0.0, *(",
          "tests/page/test_lesson.py"),
    Fault("the pinned run has the colour of its optimizer", OVERVIEW,
          'run_trace(problem_of(pinned), pinned), "pinned"', 'run_trace(problem_of(pinned), pinned), pinned.optimizer',
          VALUES),
    Fault("the loss axis leaves out the mini-batches", TRACES,
          "if self._shows_batches(name)]\n        floors", "if False]\n        floors", COLUMNS),
    # The player.
    Fault("the dots lag a row", PLAYER,
          "const k = lastRowUpTo(run, progress);", "const k = Math.max(lastRowUpTo(run, progress) - 1, 0);",
          DRAWN + "test_every_run_stands_in_all_pictures_where_it_was_after_that_update"),
    Fault("the player writes B before A", PLAYER,
          'return ["x", "a", "b", "loss"]', 'return ["x", "b", "a", "loss"]', LAYERS),
    Fault("the player moves every run by its row instead of its progress", PLAYER,
          "const k = lastRowUpTo(run, progress);", "const k = Math.round((x / end()) * (run.length - 1));",
          DRAWN + "test_every_run_stands_in_all_pictures_where_it_was_after_that_update"),
    Fault("the player says B where A stands", PLAYER,
          "`${axis(size)} AU`", "`${axis(b[k])} AU `",
          "tests/page/test_player.py::test_keys_step_and_jump_when_no_field_has_the_focus"),
    Fault("the ending is told before the end", PLAYER,
          'classList.toggle("midway", x < end())', 'classList.toggle("midway", x < 0)',
          SCREEN + "test_before_the_end_nothing_tells_it_and_at_the_end_everything_does"),
    Fault("a click on the surface swaps A and B", "assets/surface.js",
          "if (at) choose([at.a, at.b]);", "if (at) choose([at.b, at.a]);",
          SCREEN + "test_a_click_on_the_surface_starts_there_and_under_the_mouse_stand_place_and_loss"),
    Fault("the surface is upside down under the mouse", "assets/surface.js",
          "b: b_high - down * (b_high - b_low)", "b: b_low + down * (b_high - b_low)",
          SCREEN + "test_a_click_on_the_surface_starts_there_and_under_the_mouse_stand_place_and_loss"),
    Fault("This step opens the row and not its update", PLAYER,
          'player.trigger("step", main().rows.update[row()])', 'player.trigger("step", row())',
          CLICKED + "test_this_step_is_the_update_at_which_the_run_stands_and_the_copied_link_opens_it_again"),
    Fault("the link copied is that of the empty page", PLAYER,
          'location.href.replace("/~/+/", "/")', "location.origin",
          CLICKED + "test_this_step_is_the_update_at_which_the_run_stands_and_the_copied_link_opens_it_again"),
    # Read-outs and sentences.
    Fault("the read-outs of A and B are swapped", OVERVIEW,
          '{a:.4f}", axis_text(run.a), None),\n        (f"B · {yardstick} {b:.4f}", axis_text(run.b)',
          '{a:.4f}", axis_text(run.b), None),\n        (f"B · {yardstick} {b:.4f}", axis_text(run.a)', VALUES),
    Fault("the miss has the wrong sign", OVERVIEW,
          '("Miss at Mars", distance_text(float(', '("Miss at Mars", distance_text(-float(', VALUES),
    Fault("beyond and short of Mars are swapped", OVERVIEW, "if miss > 0.0 else", "if miss < 0.0 else", VALUES),
    Fault("the start's A and B are swapped in the sentence", OVERVIEW,
          "A = {number(run.experiment.start_a, 4)}, B = {number(run.experiment.start_b, 4)}",
          "A = {number(run.experiment.start_b, 4)}, B = {number(run.experiment.start_a, 4)}", VALUES),
    Fault("the gradients of A and B are swapped in One update", "orbitopt/page/sections/update.py",
          "update.gradient[k]", "update.gradient[1 - k]", VALUES),
    # Controls and link.
    Fault("the controls of start A and start B are swapped", "orbitopt/page/sidebar.py",
          'chosen |= shown("start_a", "start_b")',
          'chosen |= dict(zip(("start_b", "start_a"), shown("start_a", "start_b").values()))', VALUES),
    Fault("the number of samples has another key in the link", "orbitopt/experiment.py",
          '"Number of samples", "samples", int', '"Number of samples", "n", int', VALUES),
    Fault("defaults are written to the link", CONTROLS,
          "if value is not None and value != default:", "if value is not None:", VALUES),
    Fault("a batch larger than all samples is cut down in the link", CONTROLS,
          "return int(self._note(setting, value, default))",
          "return int(self._note(setting, min(value, n_samples), default))", LINKED),
    Fault("what is under More is forgotten while it is not shown", CONTROLS,
          "            waiting[key] = content\n", "", LINKED),
    Fault("what is refused goes into the field and the link all the same", CONTROLS,
          "        self.put(key, before)\n        try:", "        try:", TYPED),
    Fault("a comma is a decimal mark in whole numbers too", "orbitopt/numerals.py",
          "if match and not whole}", "if match}", TYPED),
    Fault("of two meanings one is taken without a word", "orbitopt/settings.py",
          "if len(found) > 1:", "if len(found) > 2:", TYPED),
    Fault("keys of a link in capitals are unknown", "orbitopt/links.py",
          ").lower()", ")", "tests/test_links.py"),
    Fault("a full stop after a link spoils its last value", "orbitopt/links.py",
          "[text, stripped, stripped", "[text, text", "tests/test_links.py"),
    Fault("what is left out of a link is not said", CONTROLS,
          "        self._session.left_out.append((part, reason))", "        pass", TYPED),
    Fault("the link does not name a visitor's own samples", "orbitopt/page/own_samples.py",
          "        controls.keep_in_link(KEY, own)\n", "        pass\n", OWN),
    Fault("samples that are not here are not missed", "orbitopt/page/own_samples.py",
          "if wanted and _find(wanted) is None:\n        st.w", "if wanted is None:\n        st.w", OWN),
    Fault("the server keeps the files that were read", "orbitopt/page/own_samples.py",
          "        files.uploader = token_hex(4)\n", "", OWN),
    Fault("figures of own samples carry a link", "orbitopt/page/sections/export.py",
          "    if not _is_linked(page):\n        return page.problem.source\n", "",
          "tests/page/sections/test_export.py"),
    Fault("figures carry the link before the last change", "orbitopt/page/sections/export.py",
          "urlencode(page.controls.link, doseq=True)", "urlencode(st.query_params.to_dict())",
          "tests/page/sections/test_export.py"),
    Fault("JSON lacks a visitor's own samples", "orbitopt/exports.py",
          '        fields["samples"] = ', '        unused = ', "tests/test_exports.py"),
    Fault("the link forgets where a run starts", CONTROLS,
          "if value is not None and value != default:",
          'if value is not None and value != default and setting.key != "a":',
          "tests/page/test_walks.py::test_after_every_step_the_link_opens_what_the_page_shows"),
    Fault("a lesson has its run before Watch", LESSON, "return start_trace(problem, experiment)",
          "return run_trace(problem, experiment)", "tests/page/test_lesson.py"),
    Fault("a lesson's answer is its first choice", LESSON_PARTS,
          "(right,) = (key for key, choice in self.choices.items() if choice.is_right(fits))",
          "right = next(iter(self.choices))", "tests/test_lessons.py"),
    Fault("a task counts with any change", LESSON_PARTS, "return not self.departures(result.experiment, problem) and",
          "return", "tests/test_lesson_parts.py"),
    Fault("a batch of all samples stays as small as it was", LESSON_PARTS, "size = n_samples if whole else min(",
          "size = min(", "tests/test_lesson_parts.py"),
    Fault("any learning rate is the largest", FINDINGS,
          ">= 0.8 * largest_settled_rate", ">= 0.0 * largest_settled_rate", "tests/test_findings.py"),
    Fault("the best try is the last one", "orbitopt/page/hand_fit.py", "or loss < _loss(problem, best)", "or True",
          "tests/page/test_hand_fit.py"),
    Fault("a link with few controls shows all", SHARE, "controls.hides = lambda name: name not in shown",
          "controls.hides = lambda name: False", "tests/page/test_share.py"),
    Fault("a shared question has the settings of a run", SHARE, "if answered is False else set(link)",
          "if answered is True else set(link)", "tests/page/test_share.py"),
    Fault("a lesson opened from an older link is lost", CONTROLS, 'changed={"a link"}', "changed=set()",
          "tests/page/test_lesson.py"),
    Fault("Watch does not play", PLAYER, """    x = 0;
    show();
    play();
  }

  const main""", """    x = 0;
    show();
  }

  const main""", LESSONS_DRAWN + "test_watch_plays_and_what_happened_waits_for_the_end"),
    Fault("the outcome stands while the runs play", "assets/page.css",
          ".stApp:is(.unseen, .awaiting) :is(.st-key-outcome", ".stApp.never :is(.st-key-outcome",
          LESSONS_DRAWN + "test_watch_plays_and_what_happened_waits_for_the_end"),
    Fault("a lesson's panel cannot be scrolled", "assets/page.css", "min-height: 0; height: 100%; overflow-y: auto;",
          "min-height: 0; overflow: clip;", LESSONS_DRAWN + "test_question_and_answer_fit_the_window"),
    Fault("the ranges of a sweep ignore the run that is shown", "orbitopt/sweeps.py",
          "np.append(result.settled, settled)", "np.append(result.settled, False)",
          "tests/page/sections/test_learning_rates.py"),
    Fault("the advice changes its first setting alone", OVERVIEW,
          "for name, value in changes.items():", "for name, value in list(changes.items())[:1]:",
          CLICKED + "test_the_advice_changes_exactly_what_it_says"),
    # Closer looks.
    Fault("the arrows of gradient and step are swapped", STEPS,
          '{"gradient": descent, "step": step}', '{"gradient": step, "step": descent}', SECTION_COLUMNS),
    Fault("the arrows are those of the update after", "orbitopt/page/surface.py",
          '"datum.update <= now && (now < datum.next', '"datum.update <= now + 1 && (now + 1 < datum.next',
          DRAWN + "test_the_strongest_arrows_are_those_of_the_update_at_which_the_run_stands"),
    Fault("the effective rates of A and B are swapped", "orbitopt/page/sections/steps.py",
          'np.repeat(["A", "B"], n)', 'np.repeat(["B", "A"], n)', SECTION_COLUMNS),
    Fault("every band is that of the first optimizer", RATES,
          "_rates(run, key, swept[key])\n", "_rates(run, key, swept[next(iter(swept))])\n", SECTION_COLUMNS),
    Fault("the points of the sweep have the loss on the axis of rates", RATES,
          'swept = vega.data("swept").encode(x, y,', 'swept = vega.data("swept").encode(x, alt.Y("rate:Q"),',
          SECTION_LAYERS),
    Fault("a click on the sweep keeps the optimizer", RATES,
          'if point["optimizer"] != page.experiment.optimizer:', 'if point["optimizer"] == page.experiment.optimizer:',
          CLICKED + "test_a_click_on_a_point_of_the_sweep_takes_its_optimizer_and_its_rate"),
    Fault("the map is mirrored at its diagonal", STARTS,
          "a, b = np.repeat(axis, resolution), np.tile(axis, resolution)",
          "b, a = np.repeat(axis, resolution), np.tile(axis, resolution)", SECTION_COLUMNS),
    Fault("the start on the map is that of the truth", STARTS,
          "datum.place == 'start'", "datum.place == 'truth'", SECTION_LAYERS),
    Fault("two outcomes have each other's mark", "orbitopt/outcomes.py",
          'OutcomeMark("hovering", "triangle-down"', 'OutcomeMark("passed", "triangle-down"', SECTION_COLUMNS),
    Fault("a click on the map swaps A and B", STARTS, 'page.controls.set("start_a", round(cell["a"], 4))\n        '
          'page.controls.set("start_b", round(cell["b"], 4))', 'page.controls.set("start_a", round(cell["b"], 4))\n'
          '        page.controls.set("start_b", round(cell["a"], 4))',
          CLICKED + "test_a_click_on_a_cell_of_the_map_starts_in_its_middle"),
    Fault("runs at the mirror image are told to have diverged", STARTS,
          'Outcome.MIRROR: "at the mirror image, −A"', 'Outcome.MIRROR: "diverged"', SECTION_COLUMNS),
    Fault("the uncertainties of A and B are swapped", "orbitopt/page/sections/noise.py",
          "half_widths=np.ptp(ends, axis=1) / 2.0", "half_widths=np.ptp(ends, axis=1)[::-1] / 2.0", SECTION_COLUMNS),
    Fault("the picture of the noise has the window of the search", "orbitopt/page/sections/noise.py",
          "to_arrow(group.here_columns | region.frame)", "to_arrow(region.frame | group.here_columns)", VALUES),
    Fault("the two losses are inverted", "orbitopt/page/sections/two_losses.py",
          "float(domain_only), float(clamped_loss(params, *problem.data))",
          "float(clamped_loss(params, *problem.data)), float(domain_only)", SECTION_COLUMNS),
    Fault("the surface of two losses is the other one", "orbitopt/page/sections/two_losses.py",
          'page.controls.choice("surface", "domain") == "domain"',
          'page.controls.choice("surface", "domain") != "domain"', VALUES),
    # Figures, films and files.
    Fault("the legend of the race is in reverse", "orbitopt/figures.py",
          "plane, theme, handles, self.traces", "plane, theme, handles[::-1], self.traces", FIGURES),
    Fault("the legend names the losses wrongly", "orbitopt/figures.py",
          'label="mini-batch"', 'label="all samples"', FIGURES),
    Fault("A and B of the fitted ellipse are swapped in the figure", "orbitopt/figures.py",
          "sky.plot(*_ellipse(fit.a, fit.b,", "sky.plot(*_ellipse(fit.b, fit.a,", FIGURES),
    Fault("the noise floor of the figure is at half its level", "orbitopt/figures.py",
          "axes.axhline(level,", "axes.axhline(0.5 * level,", FIGURES),
    Fault("launch and arrival are swapped", ORBITS,
          '"launch", "x": earth', '"arrival", "x": earth', ORBITS_TEST),
    # Orbits from files.
    Fault("an orbit is turned the wrong way", ORBIT_DATA,
          "np.round(x * cosine + y * sine", "np.round(x * cosine - y * sine", ORBIT_DATA_TEST),
    Fault("points below the axis are not mirrored", ORBIT_DATA, "np.abs(y)", "y.copy()", ORBIT_DATA_TEST),
    Fault("own samples are fitted with the c of the transfer", ORBIT_DATA,
          "name, self.focus_offset, self.warning,", "name, 0.26185, self.warning,", ORBIT_DATA_TEST),
    Fault("any scatter is accepted", ORBIT_DATA, "scatter > MAX_SCATTER * conic", "scatter > 9.0 * conic",
          ORBIT_DATA_TEST),
    Fault("a run on a doubtful orbit has a green tick", OVERVIEW,
          "st.warning if page.problem.warning else", "", OWN),
    Fault("own samples are settled within ten times the margin", "orbitopt/problem.py",
          "OWN_TOLERANCE = 1e-3", "OWN_TOLERANCE = 1e-2", "tests/test_problem.py"),
    Fault("the paths of figures have no casing", "orbitopt/surface_art.py",
          "axes.plot(*points.T, **casing)", "axes.plot(*points.T, **line)", FIGURES),
    Fault("the dots of the film lag a row", "orbitopt/figures.py",
          '(len(run.rows["update"]) - 1) * progress**2)', '(len(run.rows["update"]) - 2) * progress**2)', FIGURES),
    Fault("the film runs backwards", "orbitopt/films.py",
          "np.linspace(0.0, 1.0, n_frames)", "np.linspace(1.0, 0.0, n_frames)", FIGURES),
    Fault("two headers of the history are swapped", "orbitopt/exports.py",
          '"epoch", "learning rate", "mini-batch loss (AU^2)"', '"learning rate", "epoch", "mini-batch loss (AU^2)"',
          FIGURES),
    Fault("two columns of the history are swapped", "orbitopt/exports.py",
          "history.epoch, history.learning_rate, history.loss", "history.learning_rate, history.epoch, history.loss",
          FIGURES),
    Fault("the header of the samples has no unit", "orbitopt/exports.py",
          '["x (AU)", "y (AU)"]', '["x", "y"]', FIGURES),
    # The web page of its own.
    Fault("a lesson's file gives its answer away", WEB_PAGE, '<div class="answer" hidden>{guesses}',
          '<div class="answer">{guesses}', PLAYED + "test_a_lesson_answers_once_its_runs_have_been_watched"),
    Fault("names of runs are markup in a file", WEB_PAGE, "<td>{escape(cell)}</td>", "<td>{cell}</td>",
          "tests/test_web_page.py"),
    Fault("a file keeps the colours in which it was opened", "assets/web_page.js",
          'dark.addEventListener("change", draw);', "",
          PLAYED + "test_both_themes_are_accessible_also_when_the_system_changes_while_it_is_open"),
]


def main(words: list[str]) -> int:
    """Put in the faults whose names contain one of the words, or all; return the status of the process."""
    faults = [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]
    for fault in faults:
        check(fault, (ROOT / fault.file).read_text("utf-8"))
    with TemporaryDirectory() as folder:
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, Path(folder, name), **({"ignore": _CACHES} if copy is shutil.copytree else {}))
        seen = " ".join(dict.fromkeys(fault.tests for fault in faults))
        if run_tests(Path(folder), seen) != "survived":
            sys.exit("the tests fail without any fault")
        results = {fault: timed(Path(folder), fault) for fault in faults}
    survivors = [fault.name for fault, result in results.items() if result == "survived"]
    print(f"\n{len(faults)} faults, {len(survivors)} survived", *survivors, sep="\n  ")
    return len(survivors) > MAX_SURVIVORS


def check(fault: Fault, text: str) -> None:
    """Stop unless the old text of a fault stands in its file exactly once."""
    if (found := text.count(fault.old)) != 1:
        sys.exit(f"{fault.name!r}: found {found} times in {fault.file}, must stand there once:\n{fault.old}")


def timed(folder: Path, fault: Fault) -> str:
    """Put a fault into the copy, run its tests, take the fault out again, and print and return what became of it."""
    began, file = time.perf_counter(), folder / fault.file
    text = file.read_text("utf-8")
    file.write_text(text.replace(fault.old, fault.new), "utf-8")
    try:
        result = run_tests(folder, fault.tests)
    finally:
        file.write_text(text, "utf-8")
    print(f"{result:9} {time.perf_counter() - began:4.0f} s  {fault.name}", flush=True)
    return result


def run_tests(folder: Path, tests: str) -> str:
    """Run tests in the copy; return "killed" if one fails or they take too long, else "survived"."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:xdist", *tests.split()]
    # No file of bytecode may outlive its source: a fault often has its length and its time.
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "killed"
    if done.returncode not in (0, 1):
        sys.exit(f"the tests do not run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    if "skipped" in done.stdout.splitlines()[-1]:
        sys.exit("a test was skipped: there must be Chromium")
    return "killed" if done.returncode else "survived"


_CACHES = shutil.ignore_patterns("__pycache__", ".*_cache")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
