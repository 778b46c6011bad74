"""Streams of frames: the machines alone, and joined by a link that is cut, damaged and slow."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iot_device.errors import RemoteProtocolError
from iot_device.protocol.transfer import (
    GRANT,
    FrameReader,
    Pace,
    Receiver,
    Sender,
    encode_frame,
    escape,
    unescape,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.transfer import Check

OBEYED = b"\x02\x03\x04\x06\n\r"  # by some REPL, and the mark
SLOW = Pace(block=64, piece=24, window=60)
FAST = Pace(block=64, piece=48, window=None)
TEXT = b"import machine\nled = machine.Pin(25)\nled.on()\n" * 20
NOISE = random.Random(1).randbytes(900)


def sender_of(data: bytes, pace: Pace, check: Check = "crc32", *, deflate: bool = True) -> Sender:
    return Sender(
        lambda start, size: data[start : start + size],
        len(data),
        pace,
        check=check,
        deflate=deflate,
    )


@dataclass
class Link:
    """A sender and a receiver, and what is on its way between them.

    Attributes:
        take: How many bytes arrive at a time, given those that wait.
        harm: Changes what is sent to the board, at each sending.
        loses: Numbers of the answers and grants that never arrive.
    """

    sender: Sender
    receiver: Receiver
    take: Callable[[int], int] = field(default=lambda waiting: waiting)
    harm: Callable[[bytes], bytes] = field(default=lambda data: data)
    loses: frozenset[int] = frozenset()
    ring: bytes = b""
    fullest: int = 0
    questions: int = 0
    answers: int = 0

    def run(self) -> bytes:
        """Let both work until the receiver has the end; return what it stored."""
        for _ in range(100_000):
            if self.receiver.is_done:
                return bytes(self.receiver.data)
            if not (self.send() or self.arrive() or self.answer()):
                self.questions += 1
                self.ring += self.harm(self.sender.ask())
        raise AssertionError("they never came to an end")

    def send(self) -> bool:
        data = self.sender.data_to_send()
        self.ring += self.harm(data)
        self.fullest = max(self.fullest, len(self.ring))
        return bool(data)

    def arrive(self) -> bool:
        size = self.take(len(self.ring))
        self.receiver.receive_data(self.ring[:size])
        self.ring = self.ring[size:]
        return size > 0

    def answer(self) -> bool:
        answers, self.receiver.answers = self.receiver.answers, []
        grants, self.receiver.grants = self.receiver.grants, b""
        for answer in [*[GRANT] * len(grants), *answers]:
            self.answers += 1
            if self.answers in self.loses:
                continue
            if answer is GRANT:
                self.sender.granted(1)
            else:
                self.sender.receive_answer(answer)
        return bool(answers or grants)


def linked(data: bytes, pace: Pace, check: Check = "crc32") -> Link:
    return Link(sender_of(data, pace, check), Receiver(pace, check))


# Frames.


@given(st.binary())
@example(bytes(range(256)))
def test_no_byte_of_a_payload_is_one_that_a_repl_obeys(data: bytes) -> None:
    assert not set(escape(data)) & set(OBEYED)
    assert unescape(escape(data)) == data


def test_random_bytes_grow_by_less_than_three_in_a_hundred() -> None:
    data = random.Random(2).randbytes(100_000)
    assert len(escape(data)) < 1.03 * len(data)


def test_a_frame_is_a_mark_a_header_and_a_payload() -> None:
    assert encode_frame("D", 258, b"hello") == b"\x06D020005" + b"abc6a281" + b"hello"


def test_a_frame_can_be_checked_by_sha256() -> None:
    frame = encode_frame("D", 0, b"hello", "sha256")
    assert frame == b"\x06D000005" + b"27f83997" + b"hello"


# A link that does no harm.


@pytest.mark.parametrize("pace", [SLOW, FAST])
@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE, OBEYED * 100, bytes(64), bytes(65)])
def test_bytes_arrive_whole(pace: Pace, data: bytes) -> None:
    assert linked(data, pace).run() == data


@pytest.mark.parametrize("pace", [SLOW, FAST])
def test_bytes_arrive_one_by_one(pace: Pace) -> None:
    link = linked(TEXT + NOISE, pace)
    link.take = lambda waiting: min(1, waiting)
    assert link.run() == TEXT + NOISE
    assert link.questions == 0


@given(st.integers(), st.sampled_from([SLOW, FAST]), st.binary(max_size=2000))
def test_bytes_arrive_in_any_portions(seed: int, pace: Pace, data: bytes) -> None:
    chance = random.Random(seed)
    link = linked(data, pace)
    link.take = lambda waiting: chance.randint(min(1, waiting), waiting)
    assert link.run() == data


def test_more_than_256_frames_are_told_apart() -> None:
    data = random.Random(3).randbytes(64 * 300)
    assert linked(data, FAST).run() == data


def test_frames_checked_by_sha256_arrive() -> None:
    assert linked(NOISE, SLOW, "sha256").run() == NOISE


def test_what_gets_smaller_is_compressed() -> None:
    packed, plain = sender_of(TEXT, SLOW), sender_of(TEXT, SLOW, deflate=False)
    for sender in (packed, plain):
        sender.receive_answer(0)
    assert packed.data_to_send()[1:2] == b"Z"
    assert plain.data_to_send()[1:2] == b"D"
    assert sum(map(len, pieces_of(TEXT, deflate=True))) < len(TEXT) * 0.9


def pieces_of(data: bytes, *, deflate: bool) -> list[bytes]:
    pieces: list[bytes] = []

    def keep(piece: bytes) -> bytes:
        pieces.append(piece)
        return piece

    pace = Pace(block=512, piece=48, window=None)
    Link(sender_of(data, pace, deflate=deflate), Receiver(pace), harm=keep).run()
    return pieces


def test_blocks_full_of_escapes_are_halved_until_they_fit() -> None:
    sender = sender_of(OBEYED * 100, SLOW, deflate=False)
    sender.receive_answer(0)
    frame = sender.data_to_send()
    assert int(frame[4:8], 16) <= SLOW.frame_size < 2 * SLOW.block


# What may be on its way.


@given(st.integers(), st.integers(56, 300), st.integers(1, 40))
def test_a_ring_never_holds_more_than_the_window(seed: int, window: int, piece: int) -> None:
    chance = random.Random(seed)
    pace = Pace(block=128, piece=min(piece, window), window=window)
    link = linked(NOISE, pace)
    link.take = lambda waiting: chance.randint(min(1, waiting), waiting)
    assert link.run() == NOISE
    assert link.fullest <= window


def test_nothing_is_on_its_way_while_the_board_stores_a_frame() -> None:
    sender, receiver = sender_of(NOISE, SLOW), Receiver(SLOW)
    sender.receive_answer(receiver.answers.pop())
    while not receiver.answers:
        receiver.receive_data(sender.data_to_send())
        sender.granted(len(receiver.grants))
        receiver.grants = b""
    assert sender.data_to_send() == b""
    sender.receive_answer(receiver.answers.pop())
    assert sender.data_to_send() != b""


def test_on_a_link_that_waits_two_frames_go_ahead() -> None:
    sender = sender_of(NOISE, FAST, deflate=False)
    assert sender.data_to_send() == b""
    sender.receive_answer(0)
    assert sender.data_to_send().count(b"\x06D") == 2
    assert sender.data_to_send() == b""
    sender.receive_answer(1)
    assert sender.data_to_send().count(b"\x06D") == 1


def test_it_is_settled_when_all_is_stored_and_the_end_is_sent() -> None:
    sender = sender_of(b"x", SLOW)
    sender.receive_answer(0)
    sender.data_to_send()
    assert not sender.is_settled
    sender.receive_answer(1)
    assert sender.stored == 1
    assert not sender.is_settled
    sender.data_to_send()
    assert sender.is_settled


# A link that does harm.


class Harm:
    """Damages the bytes at one place of all that is sent."""

    def __init__(self, kind: str, place: int, size: int) -> None:
        self._kind = kind
        self._place = place
        self._size = size
        self._passed = 0

    def __call__(self, data: bytes) -> bytes:
        start, self._passed = self._place - self._passed, self._passed + len(data)
        if not 0 <= start < len(data):
            return data
        before, hit, after = data[:start], data[start : start + self._size], data[start:]
        after = after[len(hit) :]
        return before + self._harmed(hit) + after

    def _harmed(self, hit: bytes) -> bytes:
        changes = {
            "drop": b"",
            "flip": bytes(byte ^ 0x21 for byte in hit),
            "mark": b"\x06" * len(hit),
            "double": hit + hit,
            "insert": b"timer\r\n" + hit,
        }
        return changes[self._kind]


@pytest.mark.parametrize("pace", [SLOW, FAST])
@pytest.mark.parametrize("kind", ["drop", "flip", "mark", "double", "insert"])
def test_harm_at_every_place_is_made_good(pace: Pace, kind: str) -> None:
    data = NOISE[:150]
    for place in range(250):
        link = linked(data, pace)
        link.harm = Harm(kind, place, 3)
        assert link.run() == data
        assert link.questions <= 2


@given(
    st.sampled_from([SLOW, FAST]),
    st.lists(
        st.tuples(
            st.sampled_from(["drop", "flip", "mark", "double", "insert"]),
            st.integers(0, 1500),
            st.integers(1, 90),
        ),
        max_size=4,
    ),
    st.frozensets(st.integers(1, 60)),
)
def test_harm_in_both_directions_is_made_good(
    pace: Pace, harms: list[tuple[str, int, int]], loses: frozenset[int]
) -> None:
    link = linked(NOISE, pace)
    each = [Harm(*harm) for harm in harms]

    def harm(data: bytes) -> bytes:
        for one in each:
            data = one(data)
        return data

    link.harm, link.loses = harm, loses
    assert link.run() == NOISE


@pytest.mark.parametrize("pace", [SLOW, FAST])
def test_each_lost_answer_is_asked_for(pace: Pace) -> None:
    for lost in range(1, 12):
        link = linked(NOISE, pace)
        link.loses = frozenset({lost})
        assert link.run() == NOISE


def test_an_old_question_is_not_taken_for_the_new_one() -> None:
    sender = sender_of(NOISE, FAST)
    sender.ask()
    sender.ask()
    sender.receive_answer((0, 1))
    assert sender.data_to_send() == b""
    sender.receive_answer((0, 2))
    assert sender.data_to_send() != b""
    sender.receive_answer((0, 2))
    assert sender.failures == 1


def test_no_frame_follows_bytes_that_the_board_has_not_granted() -> None:
    sender = sender_of(NOISE, SLOW, deflate=False)
    sender.receive_answer(0)
    begun = sender.data_to_send()
    assert len(begun) == SLOW.window
    sender.receive_answer((0,))
    assert sender.data_to_send() == b""


def test_grants_mean_nothing_where_there_is_no_window() -> None:
    sender = sender_of(NOISE, FAST)
    sender.receive_answer(0)
    sender.granted(5)
    assert sender.data_to_send().count(b"\x06D") == 2


def test_a_late_answer_changes_nothing() -> None:
    sender = sender_of(NOISE, FAST)
    sender.receive_answer(0)
    sender.data_to_send()
    sender.receive_answer(2)
    stored = sender.stored
    sender.receive_answer(1)
    assert sender.stored == stored


@pytest.mark.parametrize("answer", [1, -1, (7,), (2, 1), "x", None, (), (0, 1, 2), [0, "a"]])
def test_answers_that_make_no_sense_are_refused(answer: object) -> None:
    sender = sender_of(NOISE, FAST)
    with pytest.raises(RemoteProtocolError):
        sender.receive_answer(answer)


# The receiver, as the board's side.


def receiver_with(*frames: bytes) -> Receiver:
    receiver = Receiver(FAST)
    receiver.receive_data(b"".join(frames))
    return receiver


def test_a_frame_that_comes_twice_is_stored_once() -> None:
    frame = encode_frame("D", 0, b"once")
    receiver = receiver_with(frame, frame)
    assert receiver.data == b"once"
    assert receiver.answers == [0, 1]


def test_losses_that_belong_together_are_told_once() -> None:
    broken = encode_frame("D", 0, b"abc")[:-1] + b"x"
    receiver = receiver_with(broken, broken, encode_frame("D", 0, b"abc"), broken)
    assert receiver.answers == [0, (0,), 1, (1,)]


@pytest.mark.parametrize("head", [b"D00zzzz", b"D00ffff", b"D00-001"])
def test_a_length_that_makes_no_sense_is_a_loss(head: bytes) -> None:
    receiver = receiver_with(b"\x06" + head + b"00000000")
    assert receiver.answers == [0, (0,)]


def test_a_compressed_frame_is_unpacked() -> None:
    packer = zlib.compressobj(wbits=-9)
    packed = packer.compress(TEXT) + packer.flush()
    pace = Pace(block=1024, piece=48, window=None)
    receiver = Receiver(pace)
    receiver.receive_data(encode_frame("Z", 0, escape(packed)))
    assert receiver.data == TEXT


def test_what_follows_the_end_is_left_alone() -> None:
    receiver = receiver_with(encode_frame("E", 0), encode_frame("D", 0, b"late"))
    assert receiver.is_done
    assert receiver.data == b""


@pytest.mark.parametrize(
    ("block", "bits"), [(256, 9), (1024, 10), (4096, 12), (8192, 13), (65536, 15)]
)
def test_the_window_of_deflate_is_one_block(block: int, bits: int) -> None:
    assert Pace(block, 48, None).window_bits == bits


# The reader of a download.


def stream_of(*blocks: bytes) -> bytes:
    return b"".join(encode_frame("D", i, escape(block)) for i, block in enumerate(blocks))


def read_by(reader: FrameReader, data: bytes, sizes: Callable[[], int]) -> tuple[bytes, bytes]:
    outside = b""
    while data:
        size = sizes()
        outside += reader.receive_data(data[:size])
        data = data[size:]
    return b"".join(reader.blocks), outside


@given(st.integers(), st.lists(st.binary(max_size=200), max_size=20))
def test_a_download_is_read_in_any_portions(seed: int, blocks: list[bytes]) -> None:
    chance = random.Random(seed)
    stream = b"a timer\r\n" + stream_of(*blocks) + b"the end\r\n"
    found = read_by(FrameReader(), stream, lambda: chance.randint(1, 100))
    assert found == (b"".join(blocks), b"a timer\r\nthe end\r\n")


def test_a_download_of_more_than_256_frames_is_read() -> None:
    blocks = [bytes((i % 256, i // 256)) for i in range(600)]
    assert read_by(FrameReader(), stream_of(*blocks), lambda: 1) == (b"".join(blocks), b"")


@pytest.mark.parametrize("kind", ["drop", "flip", "mark", "double"])
def test_harm_to_a_download_is_found_and_no_wrong_block_is_taken(kind: str) -> None:
    blocks = [NOISE[:40], NOISE[40:80], NOISE[80:120]]
    stream = stream_of(*blocks)
    for place in range(len(stream) - 3):
        reader = FrameReader()
        reader.receive_data(Harm(kind, place, 3)(stream) + b"\x06" * 65600)
        assert reader.is_damaged or reader.blocks == blocks
        assert reader.blocks == blocks[: len(reader.blocks)]
        taken = len(reader.blocks)
        reader.receive_data(stream)
        assert len(reader.blocks) == taken or not reader.is_damaged


def test_a_frame_of_a_download_can_be_checked_by_sha256() -> None:
    reader = FrameReader("sha256")
    reader.receive_data(encode_frame("D", 0, b"hello", "sha256"))
    assert reader.blocks == [b"hello"]
