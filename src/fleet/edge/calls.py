"""The calls that a sandboxed program may not make, with their numbers: x86_64, then aarch64 (-1: it has none)."""

from __future__ import annotations

REFUSED: dict[str, tuple[int, int]] = {
    # Others' processes, memory and descriptors.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # Another view of the machine: mounts, roots, namespaces.
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "statmount": (457, 457),
    "listmount": (458, 458), "open_tree_attr": (467, 467), "unshare": (272, 97), "setns": (308, 268),
    # Ways around a filter of calls, and into the kernel.
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "iopl": (172, -1), "ioperm": (173, -1),
    "modify_ldt": (154, -1), "uselib": (134, -1), "syslog": (103, 116), "lookup_dcookie": (212, 18),
    # The machine as a whole.
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "vhangup": (153, 58), "sethostname": (170, 161),
    "setdomainname": (171, 162), "nfsservctl": (180, 42),
    # Files by other ways than a path that Landlock sees; what is told of folders of others.
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263), "inotify_add_watch": (254, 27),
    # What all processes of a user share.
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
}  # fmt: skip

ABSENT: dict[str, tuple[int, int]] = {
    # Programs do without these where a kernel does not have them, and then ask in a way that can be filtered.
    "clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "openat2": (437, 437),
}  # fmt: skip

UNMARKED: dict[str, tuple[int, int]] = {
    # Attributes of files: Landlock does not look at them, so nobody's are changed, read or listed.
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setxattrat": (463, 463),
    "removexattrat": (466, 466), "file_getattr": (468, 468), "file_setattr": (469, 469),
    "getxattr": (191, 8), "lgetxattr": (192, 9), "fgetxattr": (193, 10), "getxattrat": (464, 464),
    "listxattr": (194, 11), "llistxattr": (195, 12), "flistxattr": (196, 13), "listxattrat": (465, 465),
}  # fmt: skip

SIGNALS: dict[str, tuple[int, int]] = {
    # Refused where Landlock cannot keep signals inside yet.
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
}  # fmt: skip

TRUNCATES: dict[str, tuple[int, int]] = {"truncate": (76, 45)}
"""Refused where Landlock does not see it yet."""

MEMORY_FILES: dict[str, tuple[int, int]] = {"memfd_create": (319, 279), "memfd_secret": (447, 447)}
"""Absent where no group bounds memory: what is written there and not mapped is counted to no process."""

MARKS: dict[str, tuple[int, int]] = {
    # Mode, owner and times of a file: Landlock does not look at them, so we make the change, for its own files only.
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, -1), "lchown": (94, -1), "fchown": (93, 55), "fchownat": (260, 54),
    "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1), "utimensat": (280, 88),
}  # fmt: skip

ARGUED: dict[str, tuple[int, int]] = {
    # Judged by what is asked for, or by the network that it has.
    "clone": (56, 220), "prlimit64": (302, 261), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "ioctl": (16, 29), "fcntl": (72, 25), "socket": (41, 198),
    "socketpair": (53, 199), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "listen": (50, 201), "bind": (49, 200), "open": (2, -1), "openat": (257, 56), "creat": (85, -1),
    "mknod": (133, -1), "mknodat": (259, 33),
}  # fmt: skip
