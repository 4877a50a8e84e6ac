// swift-tools-version: 6.2
import PackageDescription

// Floors: an arrow only ever points down. No Foundation, Dispatch or NIO below the Swift wrapper; Tests/Contract checks it.
//
//   distcoord (command)            Sources/distcoord
//   DistCoord                      async/await face for Swift programs
//   DistCoordABI                   the entry points of include/*.h; becomes libdistcoord.so
//   DistCoordCore                  keys, Lua scripts, mailbox, lease keeper, one folder per primitive
//   DistCoordRedis                 bytes to replies; knows nothing of locks or jobs
//   CHiredis CLibUUID COpenSSL CLinux, CDistCoord (the public header); CYaml for the command alone

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Exclusive access is checked in debug builds and by the thread sanitizer; in release it costs a twentieth of every call.
let fast: [SwiftSetting] = strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

// Only the names of the header leave the library, whoever builds it and however: hence here and not in the Makefile.
let exports: [LinkerSetting] = [
    .unsafeFlags([
        "-Xlinker", "--version-script=\(Context.packageDirectory)/cmake/libdistcoord.map",
        "-Xlinker", "-soname=libdistcoord.so.0",
    ])
]

// Lua becomes byte arrays in the program: nothing is looked for at run time. Named one by one, because the build takes only
// one folder of a name.
let luaScripts: [Resource] = [
    ("Mailbox", ["clock", "mailbox", "silence", "once", "noted"]),
    (
        "Locks",
        [
            "exclusive_acquire", "exclusive_adopt", "exclusive_announce", "exclusive_break", "exclusive_detach",
            "exclusive_extend",
            "exclusive_give", "exclusive_grant", "exclusive_inspect", "exclusive_levels", "exclusive_mend", "exclusive_raise",
            "exclusive_release", "exclusive_retention", "exclusive_state", "exclusive_withdraw", "several_acquire",
            "several_extend", "several_release", "several_withdraw",
        ]
    ),
    (
        "Monitor",
        ["exclusive_forget", "exclusive_holds", "statistics_add", "statistics_read", "statistics_reset"]
    ),
    (
        "Permits",
        [
            "permits_acquire", "permits_break", "permits_downgrade", "permits_extend", "permits_give", "permits_holds",
            "permits_inspect", "permits_line", "permits_look", "permits_release", "permits_resize", "permits_state",
            "permits_withdraw",
        ]
    ),
    (
        "Barriers",
        [
            "barrier_act", "barrier_arrive", "barrier_break", "barrier_finish", "barrier_inspect", "barrier_leave",
            "barrier_state", "double_abort", "double_enter", "double_inspect", "double_leave", "double_renew",
            "double_state", "double_wait", "event_change", "event_inspect", "event_wait", "latch_count_down",
            "latch_inspect", "latch_reset", "latch_state", "latch_wait", "waiters",
        ]
    ),
    (
        "Membership",
        [
            "members_announce", "members_join", "members_leave", "members_list", "members_renew", "members_state",
            "members_withdraw",
        ]
    ),
    (
        "Breakers",
        [
            "breaker_ask", "breaker_change", "breaker_forgo", "breaker_inspect", "breaker_settle", "breaker_state",
            "breaker_tell",
        ]
    ),
    (
        "Limiters",
        [
            "bucket_look", "bucket_return", "bucket_state", "bucket_take", "limiter_answer", "limiter_reset",
            "window_look", "window_return", "window_state", "window_take",
        ]
    ),
    (
        "Queues",
        [
            "queue_alive", "queue_batch", "queue_cancel", "queue_cancelled", "queue_claim", "queue_complete",
            "queue_count", "queue_delete", "queue_ends", "queue_expire", "queue_fail", "queue_forget", "queue_grant",
            "queue_jobs",
            "queue_keys", "queue_line", "queue_list", "queue_places", "queue_progress", "queue_promote", "queue_push",
            "queue_register", "queue_release", "queue_remove", "queue_renew", "queue_result", "queue_retry",
            "queue_set", "queue_tied", "queue_ties", "queue_time", "queue_withdraw",
        ]
    ),
    (
        "Workflows",
        [
            "artifact_delete", "artifact_discard", "artifact_expire", "artifact_fetch", "artifact_keys",
            "artifact_list", "artifact_publish", "artifact_send", "workflow_add", "workflow_control", "workflow_counts",
            "workflow_expand", "workflow_graph", "workflow_history", "workflow_inputs", "workflow_jobs",
            "workflow_nodes", "workflow_reset", "workflow_result", "workflow_runs", "workflow_settle",
            "workflow_start", "workflow_summary", "workflow_tasks", "workflow_time", "workflow_usual",
            "workflow_work",
        ]
    ),
    (
        "State",
        [
            "state_add", "state_append", "state_clear", "state_delete", "state_entries", "state_expire", "state_items",
            "state_keys", "state_list", "state_put", "state_read", "state_set", "state_sweep", "state_tell", "state_write",
        ]
    ),
    ("Schedules", ["schedule_list", "schedule_next", "schedule_remove", "schedule_set", "schedule_tick"]),
    (
        "Events",
        [
            "channel_publish", "consumer_acknowledge", "consumer_give", "consumer_group", "consumer_join",
            "consumer_leave", "consumer_next", "consumer_release", "consumer_renew", "consumer_withdraw",
            "topic_delete_group", "topic_inspect", "topic_keys", "topic_position", "topic_publish", "topic_read",
            "topic_retain", "topic_seek", "topic_trim", "topic_wake",
        ]
    ),
    ("Workers", ["workers_beat", "workers_leave", "workers_list"]),
    ("Workflows", ["workflow_capabilities"]),
].flatMap { (room: String, names: [String]) in names.map { .embedInCode("\(room)/Lua/\($0).lua") } }

// The default linker warns, in each program, of a function in Foundation that nothing here calls.
let programs: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"])]

let package = Package(
    name: "distcoord",
    products: [
        .library(name: "DistCoord", targets: ["DistCoord"]),
        .library(name: "distcoord", type: .dynamic, targets: ["DistCoordABI"]),
        // Installed as `distcoord`; product names are unique within a package, and the library has it.
        .executable(name: "distcoord-command", targets: ["DistCoordCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // No pkgConfig: hiredis.pc carries a -D flag that the package manager refuses with a warning.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        // Not CUUID: the toolchain's own map of the C library has a module of that name.
        .systemLibrary(name: "CLibUUID", pkgConfig: "uuid", providers: [.apt(["uuid-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // The command reads pipeline files with it. Packages around it bring regular expressions along, and those the
        // data of all languages: three times the program.
        .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CDistCoord", path: "include"),
        .target(name: "DistCoordRedis", dependencies: ["CHiredis", "COpenSSL", "CLinux"], swiftSettings: fast),
        .target(
            name: "DistCoordCore", dependencies: ["DistCoordRedis", "CLibUUID", "CLinux"],
            resources: luaScripts,
            swiftSettings: fast),
        .target(
            name: "DistCoordABI", dependencies: ["CDistCoord", "DistCoordCore"], swiftSettings: fast,
            linkerSettings: exports),
        .target(name: "DistCoord", dependencies: ["CDistCoord", "DistCoordABI"], swiftSettings: strict),
        .executableTarget(
            name: "DistCoordCommand",
            dependencies: [
                "DistCoord", "CLinux", "CYaml", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/distcoord", swiftSettings: strict, linkerSettings: programs),
        .testTarget(name: "DistCoordTests", dependencies: ["DistCoord"], swiftSettings: strict),
        .testTarget(name: "DistCoordRedisTests", dependencies: ["DistCoordRedis", "COpenSSL", "CLinux"]),
        .executableTarget(
            name: "ConformanceRunner", dependencies: ["DistCoord"], path: "Tests/Conformance/swift",
            swiftSettings: strict, linkerSettings: programs),
        .executableTarget(
            name: "AccountingWorker", dependencies: ["DistCoord"], path: "Tests/Accounting/swift",
            swiftSettings: strict, linkerSettings: programs),
        .executableTarget(
            name: "DemoWorker", dependencies: ["DistCoord"], path: "Tests/Demo/swift", swiftSettings: strict,
            linkerSettings: programs),
    ]
)
