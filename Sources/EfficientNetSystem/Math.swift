// The elementary functions of the C library, re-exported for all modules.

@_exported public import func Glibc.atan
@_exported public import func Glibc.cos
@_exported public import func Glibc.exp
@_exported public import func Glibc.exp2
@_exported public import func Glibc.log
@_exported public import func Glibc.log10
@_exported public import func Glibc.log2
@_exported public import func Glibc.pow
@_exported public import func Glibc.sin
@_exported public import func Glibc.tanh
