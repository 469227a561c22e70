# The machines of the lab. A device is a line here, and every machine has all of them; what keeps something keeps it
# in a file of the machine's own folder, where QEMU is started.

$labDevices = @'
-device qemu-xhci,id=xhci,p2=8,p3=8,addr=04
-device usb-ehci,id=ehci,addr=05
-blockdev driver=raw,node-name=stick-a,file.driver=file,file.filename=stick-a
-blockdev driver=raw,node-name=stick-b,file.driver=file,file.filename=stick-b
-device usb-storage,id=usb-a,bus=xhci.0,port=1,drive=stick-a,serial=AAA
-device usb-storage,id=usb-b,bus=xhci.0,port=2,drive=stick-b,serial=BBB
-device usb-hub,id=hub,bus=xhci.0,port=3
-device usb-kbd,id=keyboard,bus=xhci.0,port=3.1
-device usb-tablet,id=tablet,bus=ehci.0,port=1
-device usb-ccid,id=reader,bus=xhci.0,port=4
-chardev null,id=nothing
-device usb-serial,id=serial,bus=xhci.0,port=5,chardev=nothing
-audiodev none,id=silence
-device usb-audio,id=audio,bus=xhci.0,port=6,audiodev=silence
-netdev user,id=net,restrict=on
-device e1000e,id=nic,netdev=net,addr=07
-device pcie-pci-bridge,id=bridge,addr=0c
-netdev hubport,id=net-pair-a,hubid=1
-device e1000,id=pair-a,netdev=net-pair-a,bus=bridge,addr=01
-netdev hubport,id=net-pair-b,hubid=1
-device e1000,id=pair-b,netdev=net-pair-b,bus=bridge,addr=02
-blockdev driver=raw,node-name=system,file.driver=file,file.filename=system
-device virtio-blk-pci,id=disk,drive=system,addr=0b
-device virtio-serial-pci,id=channel,addr=06
-device pcie-root-port,id=apart,chassis=1,addr=08
-netdev user,id=wire-apart
-device e1000e,id=nic-apart,bus=apart,netdev=wire-apart
-device pcie-root-port,id=merged,chassis=2,addr=09,disable-acs=on
-netdev user,id=wire-merged
-device e1000e,id=nic-merged,bus=merged,netdev=wire-merged
-device pcie-root-port,id=many,chassis=3,addr=0a
-device nvme-subsys,id=disks
-device nvme,id=nvme,serial=SRIOV,subsys=disks,bus=many,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4
-chardev socket,id=monitor,path=monitor.sock,server=on,wait=off
-mon chardev=monitor,mode=control
-chardev socket,id=monitor-inside,path=monitor.sock
-device virtserialport,bus=channel.0,chardev=monitor-inside,name=monitor
'@

# The files that devices keep their contents in, and their sizes.
$labFiles = @{ 'stick-a' = 8MB; 'stick-b' = 8MB; 'system' = 16MB }

# The kernel tries its timer for a few of its ticks and gives up at once with interrupt remapping where none comes: on a
# busy processor QEMU may be that late, so all are told not to try (no_timer_check).
# With QEMU 7.2's amd-iommu nvme never gets an answer, and would make udev wait for a minute.

# What tells one machine from the other; those with the most checks begin.
$labMachines = [ordered]@{
    intel = @{ Machine = 'q35,i8042=off,kernel-irqchip=split'; Arguments = '-device intel-iommu,intremap=on,caching-mode=on'; KernelArguments = 'no_timer_check intel_iommu=on' }
    none  = @{ Machine = 'q35,i8042=off'; Arguments = ''; KernelArguments = 'no_timer_check' }
    amd   = @{ Machine = 'q35,i8042=off'; Arguments = '-device amd-iommu,intremap=on'; KernelArguments = 'no_timer_check amd_iommu=on modprobe.blacklist=nvme' }
}
