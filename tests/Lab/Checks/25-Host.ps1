# Test-KvmEnabled and Test-QemuHost against what QEMU and the kernel say.

function Get-HostResult([string] $Category) {
    $results = @{}
    foreach ($check in Test-QemuHost $Category) { $results[$check.Name] = $check }
    $results
}

Check 'Test-KvmEnabled: says yes where QEMU runs a guest with KVM, and no where it does not' {
    # A boot sector that ends QEMU with 33: mov dx,501h; mov al,10h; out dx,al (isa-debug-exit).
    $sector = [byte[]]::new(512)
    [byte[]] (0xba, 0x01, 0x05, 0xb0, 0x10, 0xee, 0xf4) | ForEach-Object { $index = 0 } { $sector[$index++] = $_ }
    $sector[510], $sector[511] = 0x55, 0xaa
    [IO.File]::WriteAllBytes('/tmp/sector', $sector)
    $null = & timeout 60 qemu-system-x86_64 -accel kvm -nodefaults -display none -m 16 -device isa-debug-exit -drive file=/tmp/sector,format=raw,if=ide 2>&1
    $runs = $LASTEXITCODE -eq 33
    Test-KvmEnabled | Should -Be $runs
    $checks = @(Test-KvmEnabled -Detailed)
    ($checks | Where-Object Name -eq 'Device /dev/kvm').Result -eq 'Pass' | Should -Be ([IO.Path]::Exists('/dev/kvm'))
    ($checks | Where-Object Name -eq 'Hardware virtualization').Result -eq 'Pass' | Should -Be ([IO.File]::ReadAllText('/proc/cpuinfo') -match '(?m)^flags.*\b(vmx|svm)\b')
}

Check 'Test-QemuHost Iommu: groups, tables and interrupt remapping are what the kernel says' {
    $results = Get-HostResult Iommu
    $groups = [IO.Directory]::Exists('/sys/kernel/iommu_groups') -and [IO.Directory]::GetDirectories('/sys/kernel/iommu_groups').Count -gt 0
    $results['IOMMU groups'].Result | Should -Be $(if ($groups) { 'Pass' } else { 'Warning' })
    $table = 'DMAR', 'IVRS' | Where-Object { [IO.File]::Exists("/sys/firmware/acpi/tables/$_") }
    if ($table) { $results['Firmware tables'].Detail | Should -Match $table } else { $results['Firmware tables'].Result | Should -Be 'Warning' }
    # The kernel writes IR- before the names of interrupts that are remapped.
    $results['Interrupt remapping'].Result -eq 'Pass' | Should -Be ([IO.File]::ReadAllText('/proc/interrupts') -match '\bIR-')
    $results['IOMMU units'].Result -eq 'Pass' | Should -Be ([IO.Directory]::GetFileSystemEntries('/sys/class/iommu').Count -gt 0)
}

Check 'Test-QemuHost Vfio: modules and the node are what is there' {
    $results = Get-HostResult Vfio
    (& modinfo -n vfio-pci) | Should -Match 'vfio-pci\.ko'
    $results['Module vfio-pci'].Result | Should -Be 'Pass'
    $results['Device /dev/vfio/vfio'].Result -eq 'Pass' | Should -Be ([IO.Path]::Exists('/dev/vfio/vfio'))
}
