// include/distcoord/version.h

import CDistCoord

@implementation @_cdecl("distcoord_version")
public func distcoord_version() -> UnsafePointer<CChar>! {
    constant("0.1.0")
}

@implementation @_cdecl("distcoord_abi_version")
public func distcoord_abi_version() -> Int32 {
    DISTCOORD_ABI_VERSION
}
