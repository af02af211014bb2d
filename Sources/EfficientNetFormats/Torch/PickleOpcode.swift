/// The instructions of Python's pickle virtual machine, protocols 0 to 5, under Python's names.
///
/// Source: [pickletools](https://github.com/python/cpython/blob/3.13/Lib/pickletools.py).
enum PickleOpcode: UInt8 {
  // Control.
  case PROTO = 0x80, FRAME = 0x95, STOP = 0x2E
  // The stack and its marks.
  case MARK = 0x28, POP = 0x30, POP_MARK = 0x31, DUP = 0x32
  // Constants.
  case NONE = 0x4E, NEWTRUE = 0x88, NEWFALSE = 0x89
  case INT = 0x49, LONG = 0x4C, FLOAT = 0x46, STRING = 0x53, UNICODE = 0x56
  case BININT = 0x4A, BININT1 = 0x4B, BININT2 = 0x4D, LONG1 = 0x8A, LONG4 = 0x8B, BINFLOAT = 0x47
  case BINSTRING = 0x54, SHORT_BINSTRING = 0x55
  case SHORT_BINUNICODE = 0x8C, BINUNICODE = 0x58, BINUNICODE8 = 0x8D
  case SHORT_BINBYTES = 0x43, BINBYTES = 0x42, BINBYTES8 = 0x8E, BYTEARRAY8 = 0x96
  // Containers.
  case EMPTY_TUPLE = 0x29, TUPLE = 0x74, TUPLE1 = 0x85, TUPLE2 = 0x86, TUPLE3 = 0x87
  case EMPTY_LIST = 0x5D, LIST = 0x6C, APPEND = 0x61, APPENDS = 0x65
  case EMPTY_DICT = 0x7D, DICT = 0x64, SETITEM = 0x73, SETITEMS = 0x75
  case EMPTY_SET = 0x8F, FROZENSET = 0x91, ADDITEMS = 0x90
  // The memo.
  case PUT = 0x70, BINPUT = 0x71, LONG_BINPUT = 0x72, MEMOIZE = 0x94
  case GET = 0x67, BINGET = 0x68, LONG_BINGET = 0x6A
  // Objects.
  case GLOBAL = 0x63, STACK_GLOBAL = 0x93, REDUCE = 0x52, BUILD = 0x62
  case INST = 0x69, OBJ = 0x6F, NEWOBJ = 0x81, NEWOBJ_EX = 0x92
  case EXT1 = 0x82, EXT2 = 0x83, EXT4 = 0x84
  case PERSID = 0x50, BINPERSID = 0x51
  case NEXT_BUFFER = 0x97, READONLY_BUFFER = 0x98
}
