import LVM
