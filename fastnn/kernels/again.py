"""The outputs of a few samples through a chain of layers that was planned before, in one call.

One sample through 1-64-64-1 is half a microsecond of arithmetic. To ask in Python whether all is as
it was, and to leave its arrays on the objects, took six times as long. So compiled code does that:
it looks at what the plan takes for granted (`facts`) and at who holds the arrays that it is to
write, and in the end leaves them (`slots`). It asks Python's own C functions, and reads the fields
of objects where `compile/entries.py` found them.

Addresses are those of objects that the caller keeps alive, and it holds the global lock.
"""

from fastnn.compile.jit import helper, kernel
from fastnn.kernels import objects as o
from fastnn.kernels.elements import get
from fastnn.kernels.status import OK, SHAPE
from fastnn.kernels.training import ALWAYS, N_SECTIONS, WORDS, run_step

# What predicts again says, beside OK: something is not as it was; samples of another kind; somebody
# holds an array that would be written.
CHANGED, OTHER, HELD = 101, 102, 103

# Kinds of facts, and what their words are. Of attributes the first is a place among `things`.
HAS = 0  # whose attribute, its name, and the object that it is
LACKS = 1  # whose, and a name that there is not
COUNTS = 2  # whose, and how many there are
CLASS = 3  # an object, and its class
GIVES = 4  # an object, a name, and what Python finds there, in its class too
LISTS = 5  # a list, and how many items it has
ITEM = 6  # a list, a position, and the object there
ARRAY = 7  # an array, where its elements lie, its rows and columns, and the object of its dtype
FACT_WORDS = 6

OWNER, NAME, VALUE = range(3)  # of a slot: whose attribute, and what it is left with (0: samples)
SLOT_WORDS = 3

# What it is told: where the fields and the class of an object lie, NumPy's class of arrays; of the
# samples their dtype, rows, columns, bytes, and where they are copied to; where the outputs lie,
# and their bytes. RUNNING is its own.
FIELDS, CLASS_AT, NDARRAY, DTYPE, ROWS, COLUMNS, BYTES, STAGE, OUTPUT, OUTPUT_BYTES, RUNNING = (
    range(11))
TOLD_WORDS = 11
_IN_PLACE, _IN_PART, _ELSEWHERE = range(3)


@kernel("i8:1 i8:1 i8:2 i8:2 i8:2 i8:1 i8 i8", overlap=True, alone=True)
def predict_again(code, sections, facts, slots, things, told, samples, result):
    """Run the program on these samples and leave its arrays on the objects, if all is as it was.

    code, sections: see `training.py`; facts (F, FACT_WORDS), slots (S, SLOT_WORDS; those of one
    value side by side), told (TOLD_WORDS,): the words above. things (T, 2): objects, and room for
    their attributes. samples: the address of an object; result: of an array for the outputs.
    Nothing is changed where the status is CHANGED, OTHER or HELD. Writes result, things, told, what
    the program's pointers point to, and the attributes of slots.

    What an attribute held may end with that, and run somebody's Python code. If that predicts, it
    is told HELD.
    """
    if sections.size != N_SECTIONS or code.size < sections[4] * WORDS or told.size != TOLD_WORDS:
        return SHAPE
    if facts.shape[1] != FACT_WORDS or slots.shape[1] != SLOT_WORDS or things.shape[1] != 2:
        return SHAPE
    if not _are_alike(samples, told):
        return OTHER
    if told[RUNNING]:
        return HELD
    told[RUNNING] = 1
    have = 0  # those whose attributes are at hand, until the end
    while have < things.shape[0] and _attributes_of(things, have):
        have += 1
    status = CHANGED
    if have == things.shape[0] and _hold(facts, things, told):
        status = _predict(code, sections, slots, things, told, samples, result)
    for i in range(have):
        o.let_go((things[i, 1],))
    told[RUNNING] = 0
    return status


@helper(overlap=True)
def _predict(code, sections, slots, things, told, samples, result):
    where = _holders(slots, things, told)
    if where == _ELSEWHERE:
        return HELD
    rows, data = told[ROWS], told[FIELDS] + o.DATA
    o.copy(told[STAGE], o.word(samples, data), told[BYTES])
    status = run_step(code, sections, ALWAYS, rows, rows, 0, sections, 0, None)
    if status == OK:
        o.copy(o.word(result, data), told[OUTPUT], told[OUTPUT_BYTES])
        for i in range(slots.shape[0]):
            own, value = things[slots[i, OWNER], 1], slots[i, VALUE]
            if value == 0:
                value = samples
            elif where == _IN_PLACE:
                continue
            if o.set_item((own, slots[i, NAME], value)) < 0:
                o.clear(())
                status = CHANGED  # memory is short; who asks otherwise leaves all of it anew
    return status


@helper()
def _attributes_of(things, i):
    """Take hold of the dict of an object; whether it has one."""
    things[i, 1] = o.generic_dict((things[i, 0], 0))
    if things[i, 1] == 0:
        o.clear(())
        return False
    return True


@helper()
def _are_alike(samples, told):
    """Whether the samples are an array such as was planned with."""
    if o.word(samples, told[CLASS_AT]) != told[NDARRAY]:
        return False
    fields = told[FIELDS]
    if o.number(samples, fields + o.AXES) != 2 or o.word(samples, fields + o.DTYPE) != told[DTYPE]:
        return False
    if o.number(samples, fields + o.FLAGS) & o.READABLE != o.READABLE:
        return False
    shape = o.word(samples, fields + o.SHAPE)
    return o.word(shape, 0) == told[ROWS] and o.word(shape, 8) == told[COLUMNS]


@helper()
def _hold(facts, things, told):
    """Whether all facts hold."""
    for i in range(facts.shape[0]):
        at = i * FACT_WORDS
        kind, a, b = get(facts, at), get(facts, at + 1), get(facts, at + 2)
        if kind == HAS:
            fits = o.item((things[a, 1], b)) == get(facts, at + 3)
        elif kind == LACKS:
            fits = o.item((things[a, 1], b)) == 0
        elif kind == COUNTS:
            fits = o.size((things[a, 1],)) == b
        elif kind == CLASS:
            fits = o.word(a, told[CLASS_AT]) == b
        elif kind == GIVES:
            fits = _gives(a, b, get(facts, at + 3))
        elif kind == LISTS:
            fits = o.length((a,)) == b
        elif kind == ITEM:
            fits = o.position((a, b)) == get(facts, at + 3)
        elif kind == ARRAY:
            fits = _lies(a, facts, at, told)
        else:
            fits = False
        if not fits:
            return False
    return True


@helper()
def _lies(array, facts, at, told):
    """Whether an array lies where it lay, in the same form."""
    fields = told[FIELDS]
    shape = o.word(array, fields + o.SHAPE)
    return (o.word(array, fields + o.DATA) == get(facts, at + 2)
            and o.number(array, fields + o.AXES) == 2
            and o.word(array, fields + o.DTYPE) == get(facts, at + 5)
            and o.number(array, fields + o.FLAGS) & o.WRITABLE == o.WRITABLE
            and o.word(shape, 0) == get(facts, at + 3) and o.word(shape, 8) == get(facts, at + 4))


@helper()
def _gives(thing, name, expected):
    found = o.attribute((thing, name))
    if found == 0:
        o.clear(())
        return False
    o.let_go((found,))
    return found == expected


@helper()
def _holders(slots, things, told):
    """Whether all slots have their arrays, some, or somebody else, beside the caller, has one."""
    count = slots.shape[0]
    where, i = _IN_PLACE, 0
    while i < count:
        value, holders = slots[i, VALUE], 1
        while i < count and slots[i, VALUE] == value:
            if value != 0:
                if o.item((things[slots[i, OWNER], 1], slots[i, NAME])) == value:
                    holders += 1
                else:
                    where = _IN_PART
            i += 1
        if value != 0:
            if o.number(value, told[CLASS_AT] - 8) != holders:
                return _ELSEWHERE
            if o.word(value, told[FIELDS] + o.WEAK) != 0:
                return _ELSEWHERE
    return where
