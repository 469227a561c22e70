BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $hosts = "$RepositoryRoot/tests/fixtures/hosts"

    # What virt-host-validate looks at, by our category and name.
    $sameCheck = @{
        'for hardware virtualization'                = 'Kvm/Hardware virtualization'
        'if device /dev/kvm exists'                  = 'Kvm/Device /dev/kvm'
        'if device /dev/kvm is accessible'           = 'Kvm/Access to /dev/kvm'
        'if device /dev/vhost-net exists'            = 'Network/Device /dev/vhost-net'
        'if device /dev/net/tun exists'              = 'Network/Device /dev/net/tun'
        "for cgroup 'cpu' controller support"        = 'Performance/Cgroup cpu'
        "for cgroup 'cpuacct' controller support"    = 'Performance/Cgroup cpuacct'
        "for cgroup 'cpuset' controller support"     = 'Performance/Cgroup cpuset'
        "for cgroup 'memory' controller support"     = 'Performance/Cgroup memory'
        "for cgroup 'devices' controller support"    = 'Performance/Cgroup devices'
        "for cgroup 'blkio' controller support"      = 'Performance/Cgroup blkio'
        'for device assignment IOMMU support'        = 'Iommu/Firmware tables'
        'if IOMMU is enabled by kernel'              = 'Iommu/IOMMU groups'
        'for secure guest support'                   = 'Guest/Secure guests'
    }
    $sameVerdict = @{ PASS = 'Pass'; WARN = 'Warning'; FAIL = 'Fail' }

    # Its lines as objects: what was checked, and the verdict in our words.
    function Read-Validation([string[]] $Lines) {
        foreach ($line in $Lines) {
            if ($line -match '^\s*QEMU: Checking (.+?)\s+: (PASS|WARN|FAIL)') { [pscustomobject]@{ Check = $Matches[1]; Verdict = $sameVerdict[$Matches[2]] } }
        }
    }
}

BeforeDiscovery {
    $canValidate = [IO.File]::Exists('/usr/bin/virt-host-validate')
    if (-not $canValidate) { Write-Host 'virt-host-validate (Debian: libvirt-clients) is not installed: verdicts are not compared with it.' }
    # A recorded host is put in the real one's place for it, in a mount namespace of its own.
    if ($canValidate) { & unshare -m true 2>&1 | Out-Null }
    $canReplace = $canValidate -and $LASTEXITCODE -eq 0
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'Test-KvmEnabled' {
    It 'is true where the check of a guest that runs passes, and only there' {
        $guest = Test-KvmEnabled -Detailed | Where-Object Name -eq 'Guest runs'

        Test-KvmEnabled | Should -BeOfType ([bool])
        Test-KvmEnabled | Should -Be ($guest.Result -eq 'Pass')
    }

    It 'shows each step with what was found, and a hint wherever it fails' {
        $checks = Test-KvmEnabled -Detailed

        $checks.Name | Should -Be 'Hardware virtualization', 'KVM module', 'Device /dev/kvm', 'Access to /dev/kvm', 'KVM interface', 'Guest runs', 'Nested virtualization'
        $checks | Where-Object { $_.Result -eq 'Fail' -and -not $_.Hint } | Should -BeNullOrEmpty
        $checks | Where-Object { -not $_.Detail } | Should -BeNullOrEmpty
    }

    It 'cannot tell of a recorded host, and says so' {
        $env:QEMUPS_ROOT = "$hosts/laptop"
        try {
            Get-FailureId { Test-KvmEnabled } | Should -Be 'RecordedHost'
            (Test-KvmEnabled -Detailed | Where-Object Name -eq 'Guest runs').Result | Should -Be 'Skipped'
            (Test-KvmEnabled -Detailed | Where-Object Name -eq 'Hardware virtualization').Result | Should -Be 'Pass'
        }
        finally { $env:QEMUPS_ROOT = $savedRoot }
    }
}

Describe 'Test-QemuHost' {
    It 'has every check of virt-host-validate, with the same verdict' -Skip:(-not $canValidate) {
        $lines = Read-Validation (& virt-host-validate qemu 2>&1 | ForEach-Object { "$_" })
        $ours = Test-QemuHost

        @($lines).Count | Should -BeGreaterThan 9
        foreach ($line in $lines) {
            $name = $sameCheck[$line.Check]
            $name | Should -Not -BeNullOrEmpty -Because "virt-host-validate checks $($line.Check)"
            ($ours | Where-Object { "$($_.Category)/$($_.Name)" -eq $name }).Result | Should -Be $line.Verdict -Because "virt-host-validate says so $($line.Check)"
        }
    }

    It 'judges the recorded host "<_>" as virt-host-validate does in its place' -Skip:(-not $canReplace) -ForEach 'laptop', 'bare', 'server-amd', 'virtual' {
        $folder = "$hosts/$_"
        $lines = Read-Validation (& unshare -m sh -c "mount --bind '$folder/proc/cpuinfo' /proc/cpuinfo && mount --bind '$folder/sys' /sys && exec virt-host-validate qemu" 2>&1 | ForEach-Object { "$_" })
        $env:QEMUPS_ROOT = $folder
        try { $ours = Test-QemuHost Kvm, Iommu, Guest } finally { $env:QEMUPS_ROOT = $savedRoot }

        $recorded = 'for hardware virtualization', 'for device assignment IOMMU support', 'if IOMMU is enabled by kernel', 'for secure guest support'
        $compared = @($lines | Where-Object { $_.Check -in $recorded })
        $compared.Count | Should -BeGreaterThan 2
        foreach ($line in $compared) {
            ($ours | Where-Object { "$($_.Category)/$($_.Name)" -eq $sameCheck[$line.Check] }).Result | Should -Be $line.Verdict -Because "virt-host-validate says so $($line.Check)"
        }
    }

    It 'looks at one category where that is asked for' {
        (Test-QemuHost Firmware).Category | Sort-Object -Unique | Should -Be 'Firmware'
        (Test-QemuHost -Category Guest, Network).Category | Sort-Object -Unique | Should -Be 'Guest', 'Network'
    }

    It 'looks at all categories otherwise' {
        (Test-QemuHost).Category | Sort-Object -Unique | Should -Be 'Firmware', 'Guest', 'Iommu', 'Kvm', 'Network', 'Performance', 'Qemu', 'Usb', 'Vfio'
    }

    It 'shows only what needs attention with -FailedOnly, each with a hint' {
        $attention = Test-QemuHost -FailedOnly

        $attention.Result | Where-Object { $_ -notin 'Fail', 'Warning' } | Should -BeNullOrEmpty
        $attention | Where-Object { -not $_.Hint } | Should -BeNullOrEmpty
        @($attention).Count | Should -Be @(Test-QemuHost | Where-Object Result -in Fail, Warning).Count
    }

    It 'finds a QEMU that is not installed, with the command that installs it' {
        $savedPath, $env:PATH = $env:PATH, "$TestFolder"
        try { $check = Test-QemuHost Qemu | Where-Object Name -eq 'QEMU' } finally { $env:PATH = $savedPath }

        $check.Result | Should -Be 'Fail'
        $check.FixCommand | Should -Be 'sudo apt-get install qemu-system-x86'
    }

    It 'warns of a runtime folder that cannot hold sockets' {
        $env:XDG_RUNTIME_DIR = (New-Item "$TestFolder/$('x' * 80)" -ItemType Directory).FullName
        try { $check = Test-QemuHost Qemu | Where-Object Name -eq 'Runtime folder' } finally { $env:XDG_RUNTIME_DIR = $TestFolder }

        $check.Result | Should -Be 'Fail'
        $check.Detail | Should -Match 'sockets'
    }
}

Describe 'Get-QemuHost' {
    BeforeAll { $qemu = Get-QemuHost }

    It 'shows what the emulator says of itself' {
        $said = (& qemu-system-x86_64 --version)[0]

        $said | Should -Match ([regex]::Escape("version $($qemu.Version)"))
        $qemu.Architecture | Should -Be 'x86_64'
        $qemu.Accelerators | Should -Contain 'tcg'
    }

    It 'has the machine types, CPU models and devices that QEMU lists' {
        $machines = & qemu-system-x86_64 -machine help | Select-Object -Skip 1 | ForEach-Object { ("$_" -split '\s+')[0] }
        $devices = & qemu-system-x86_64 -device help 2>&1 | ForEach-Object { if ("$_" -match '^name "([^"]+)"') { $Matches[1] } } | Sort-Object -Unique

        foreach ($name in $machines | Where-Object { $_ -ne 'none' }) { @($qemu.MachineTypes.Name) + @($qemu.MachineTypes.Alias) | Should -Contain $name }
        @($qemu.Devices.Name | Sort-Object -Unique).Count | Should -Be @($devices).Count
        $qemu.CpuModels.Name | Should -Contain 'max'
    }

    It 'has the firmware in the order in which it is tried' {
        $qemu.Firmware.Name | Should -Be @($qemu.Firmware.Name | Sort-Object)
    }

    It 'shows where machines are kept and run' {
        $qemu.StorePath | Should -Be "$TestFolder/home"
        $qemu.RuntimePath | Should -Be "$TestFolder/qemups"
        $qemu.HelperPaths['qemu-img'] | Should -Be '/usr/bin/qemu-img'
    }

    It 'has the QMP schema when asked' {
        $qemu.Schema | Should -BeNullOrEmpty
        (Get-QemuHost -Schema).Schema.name | Should -Contain 'query-qmp-schema'
    }

    It 'says which architecture has no emulator' {
        Get-FailureId { Get-QemuHost vax } | Should -Be 'ToolNotFound'
    }

    It 'prints what a person wants to know' {
        $text = $qemu | Out-String

        $text | Should -Match 'q35'
        $text | Should -Match 'Accelerators : .*tcg'
    }
}

Describe 'Completion from what QEMU says' {
    It 'offers "<Expected>" for <Line>' -ForEach @(
        @{ Line = 'New-QemuVm -MachineType pc-q35-7'; Expected = 'pc-q35-7.2' }
        @{ Line = 'New-QemuVm -MachineType q'; Expected = 'q35' }
        @{ Line = 'New-QemuVm -CpuModel Sky'; Expected = 'Skylake-Server' }
        @{ Line = 'New-QemuVm -NetworkModel vmx'; Expected = 'vmxnet3' }
        @{ Line = 'Get-QemuHost -Architecture x86'; Expected = 'x86_64' }
    ) {
        (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText | Should -Contain $Expected
    }
}
