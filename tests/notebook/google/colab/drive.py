"""mount() puts the folder $STAND_IN_DRIVE at MOUNT/MyDrive; flush_and_unmount() takes it away
again.
"""
import os

mounted = None


def mount(point):
    global mounted
    mounted = os.path.join(point, "MyDrive")
    os.makedirs(point, exist_ok=True)
    if not os.path.islink(mounted):
        os.symlink(os.environ["STAND_IN_DRIVE"], mounted)
    print(f"Mounted at {point}")


def flush_and_unmount():
    os.unlink(mounted)
