"""What numba lacks for reading text at the speed of memory: many bytes looked at together; loading it loads numba."""

from typing import Any

from llvmlite import ir

from isocenter.engines.compiling import intrinsic, types

BLOCK_BYTES = 64
_BYTE, _WORD = ir.IntType(8), ir.IntType(64)
_BLOCK = ir.VectorType(_BYTE, BLOCK_BYTES)


def _each(byte: int) -> Any:
    return ir.Constant(_BLOCK, [byte] * BLOCK_BYTES)


@intrinsic
def marks_at(_context: Any, _address: Any) -> Any:
    """Of the 64 bytes from an address on the bits of quotes, backslashes, control characters, and of {}[]:, ."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = builder.load(builder.inttoptr(arguments[0], _BLOCK.as_pointer()), align=1)
        folded = builder.or_(block, _each(0x20))  # of [ and { one byte, and of ] and }
        looked_for = [(block, "==", 0x22), (block, "==", 0x5C), (block, "<", 0x20), (folded, "==", 0x7B)]
        looked_for += [(folded, "==", 0x7D), (block, "==", 0x3A), (block, "==", 0x2C)]
        quotes, backslashes, controls, *structure = (
            builder.bitcast(builder.icmp_unsigned(relation, where, _each(byte)), _WORD)
            for where, relation, byte in looked_for
        )
        together = structure[0]
        for more in structure[1:]:
            together = builder.or_(together, more)
        return context.make_tuple(builder, signature.return_type, [quotes, backslashes, controls, together])

    return types.UniTuple(types.uint64, 4)(types.uint64), generate


@intrinsic
def byte_at(_context: Any, _address: Any) -> Any:
    """The byte at an address."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.zext(builder.load(builder.inttoptr(arguments[0], _BYTE.as_pointer())), _WORD)

    return types.uint64(types.uint64), generate


@intrinsic
def bytes_at(_context: Any, _address: Any) -> Any:
    """The eight bytes from an address on, as one number."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], _WORD.as_pointer()), align=1)

    return types.uint64(types.uint64), generate


@intrinsic
def put_bytes_at(_context: Any, _address: Any, _number: Any) -> Any:
    """Write a number as the eight bytes from an address on."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        builder.store(arguments[1], builder.inttoptr(arguments[0], _WORD.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.none(types.uint64, types.uint64), generate


@intrinsic
def lowest_bit(_context: Any, _number: Any) -> Any:
    """The place of the lowest bit of a number that is set; 64 where none is."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


@intrinsic
def bits_of(_context: Any, _number: Any) -> Any:
    """How many bits of a number are set."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def borrowed(_context: Any, array: Any) -> Any:
    """The same array, whose owner another one is: numba counts its references no more, which costs atomic adding."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = context.make_array(signature.return_type)(context, builder, arguments[0])
        made.meminfo = ir.Constant(made.meminfo.type, None)
        return made._getvalue()

    return array(array), generate
