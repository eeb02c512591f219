"""Films of runs: short, small, moving, with the link in them, and nothing left behind."""

import shutil
import tempfile
from io import BytesIO

import pytest
from PIL import Image

import orbitopt as oo
from orbitopt import films

LINK = "http://localhost:8501/?optimizer=sgd&falls=100%2C+200"
RACE = {key: oo.run(experiment) for key, experiment in oo.RACE_DEFAULTS.items()}
RUN = {"": RACE["adam"]}


def filmed(*given):
    """Return the file of a film, and the progress on the way."""
    progress, film = [], films.film(*given)
    with pytest.raises(StopIteration) as end:
        while True:
            progress.append(next(film))
    assert progress == sorted(progress)
    assert 0.0 < progress[0] <= progress[-1] <= 1.0
    return end.value.value


@pytest.mark.parametrize("fits", [RACE, RUN], ids=["race", "run"])
def test_a_gif_is_short_and_small_and_moves_with_the_link_in_it(fits):
    data = filmed(fits, "gif", "dark", LINK)
    assert len(data) < 2_000_000
    with Image.open(BytesIO(data)) as film:
        assert film.size == (800, 416)
        assert film.info["comment"].decode() == LINK
        assert film.info["loop"] == 0
        assert film.n_frames > 5
        pictures, durations = set(), []
        for k in range(film.n_frames):
            film.seek(k)
            durations.append(film.info["duration"])
            pictures.add(film.convert("RGB").tobytes())
    assert sum(durations) <= 10_000
    assert durations[-1] > durations[0], "the last picture stands longer"
    assert len(pictures) == film.n_frames


def test_the_shortest_run_makes_a_film_too():
    assert filmed({"": oo.run(oo.Experiment(n_samples=16, batch_size=16, epochs=1))}).startswith(b"GIF89a")


def test_no_other_format_is_made():
    with pytest.raises(ValueError, match="format must be one of gif, mp4, got 'avi'"):
        next(films.film(RACE, "avi"))


def test_an_mp4_where_there_is_ffmpeg_and_a_clear_word_where_there_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert films.has_ffmpeg() == (shutil.which("ffmpeg") is not None)
    if films.has_ffmpeg():
        data = filmed(RUN, "mp4", "light", LINK)
        assert data[4:8] == b"ftyp"
        assert LINK.encode() in data
        assert len(data) < 4_000_000
    monkeypatch.setattr(films, "has_ffmpeg", lambda: False)
    with pytest.raises(ValueError, match="format 'mp4' needs ffmpeg, which this machine does not have; use 'gif'"):
        next(films.film(RACE, "mp4"))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("format", ["gif", "mp4"] if films.has_ffmpeg() else ["gif"])
def test_a_film_that_is_stopped_leaves_nothing_behind(format, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    film = films.film(RACE, format)
    for _ in range(5):
        progress = next(film)
    assert progress < 0.1
    film.close()
    assert [*tmp_path.iterdir()] == []
