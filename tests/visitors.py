"""Visitors of the page without a browser: each holds the WebSocket that a tab would hold, and draws nothing."""

import asyncio
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE = 120
"""How long a visitor waits for what must come, s."""


class Visitor:
    """One tab: the link that it came with, which sliders it has by their keys, and what it was shown last.

    It does not follow the link that the page writes: it sends the one that it came with. With `more` it opens More.
    """

    def __init__(self, address, link=None, more=False):
        self.address, self.link, self.more, self.expander = address, dict(link or {}), more, None
        self.sliders, self.shown, self.readouts, self.errors = {}, {}, [], []

    async def open(self, **more):
        """Connect, and run the script for the first time; how long that took, s."""
        began = time.perf_counter()
        self.socket = await websockets.connect(
            self.address.replace("http", "ws", 1) + "_stcore/stream",
            subprotocols=["streamlit"],
            max_size=None,
            open_timeout=PATIENCE,
            compression=None,
            **more,
        )
        await self.run()
        if self.more:
            await self.run()
        return time.perf_counter() - began

    async def close(self):
        await self.socket.close()

    async def change(self, key, value):
        """Move a slider; how long it took until everything had come, s."""
        self.shown[key] = value
        return await self.run()

    def somewhere(self, key, draws):
        """The slider's key, and a place of it that is drawn at random."""
        slider = self.sliders[key]
        return key, slider.min + slider.step * draws.randint(0, round((slider.max - slider.min) / slider.step))

    def a_step_on(self, key, draws):
        """The slider's key, and a place of it one step from where it stands, to either side."""
        slider = self.sliders[key]
        place = self.shown.get(key, slider.default[0]) + draws.choice((-1, 1)) * slider.step
        return key, min(max(place, slider.min), slider.max)

    async def run(self):
        """Have the script run with what the controls hold; how long it took until everything had come, s."""
        request = BackMsg()
        request.rerun_script.query_string = urllib.parse.urlencode(self.link)
        for key, value in self.shown.items():
            state = request.rerun_script.widget_states.widgets.add(id=self.sliders[key].id)
            state.double_array_value.data[:] = [value]
        if self.more and self.expander:
            request.rerun_script.widget_states.widgets.add(id=self.expander).bool_value = True
        began, self.readouts = time.perf_counter(), []
        await self.socket.send(request.SerializeToString())
        while not self._take(ForwardMsg.FromString(await asyncio.wait_for(self.socket.recv(), PATIENCE))):
            pass
        return time.perf_counter() - began

    def _take(self, message):
        """Note what a message brings; whether it is the run's last."""
        if message.WhichOneof("type") == "delta":
            self.expander = message.delta.add_block.expandable.id or self.expander
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind == "slider":
                self.sliders[element.slider.id.split("-", 2)[2]] = element.slider  # $$ID-hash-key
            elif kind == "metric":
                self.readouts.append(element.metric.body)
            elif kind == "exception":  # what a visitor sees of an uncaught exception
                self.errors.append(element.exception.message)
        finished = message.script_finished
        if finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.errors.append("the page does not compile")
        return message.WhichOneof("type") == "script_finished" and finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN


def meet(visits):
    """Have a coroutine of visits done, in a thread of its own: in the main one a browser's tab may have its loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, visits).result()
