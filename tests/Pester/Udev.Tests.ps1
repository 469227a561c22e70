BeforeDiscovery {
    # A udev of the test's own, with a /run, an /etc/udev and a network of its own, takes root and may be forbidden in a container.
    $udevd = '/lib/systemd/systemd-udevd', '/usr/lib/systemd/systemd-udevd' | Where-Object { [IO.File]::Exists($_) } | Select-Object -First 1
    $canRunUdev = $false
    if ($udevd -and (& id -u) -eq '0') {
        & unshare -m -n sh -c 'mount -t tmpfs none /run && test -w /sys/devices/virtual/mem/null/uevent' 2>&1 | Out-Null
        $canRunUdev = $LASTEXITCODE -eq 0
    }
}

# The devices are a recorded laptop's (tests/fixtures/hosts/laptop); files are written to the test's own folder.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/laptop"
    $key = Get-UsbDevice -VendorId 1050

    # Runs on this host, not on the recorded one: files are changed there only.
    function Use-ThisHost([scriptblock] $Script) {
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $null
            & $Script
        }
        finally { $env:QEMUPS_ROOT = $usual }
    }
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'New-UdevRule' {
    It 'makes a narrow rule and writes nothing' {
        $rule = $key | New-UdevRule

        $rule.Text | Should -Be 'SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="1050", ATTR{idProduct}=="0407", MODE="0660", TAG+="uaccess"'
        $rule.Path | Should -BeNullOrEmpty
        $rule.IsManaged | Should -BeTrue
        $rule.Warning | Should -BeNullOrEmpty
    }

    It 'gives a group access, for those who log in from elsewhere' {
        ($key | New-UdevRule -Group kvm -NoUaccess -Mode 660).Text | Should -Match 'MODE="660", GROUP="kvm"$'
    }

    It 'names one of two identical devices by its socket, in both halves' {
        (Get-UsbDevice -Port 1.3 | New-UdevRule).Text | Should -Match 'KERNEL=="1-1\.3\|2-1\.3"'
    }

    It 'names a device by <Match> when asked to' -ForEach @(
        @{ Match = 'Serial'; Expected = 'ATTR\{serial\}=="4C530001230512118093"' }
        @{ Match = 'Port'; Expected = 'KERNEL=="2-2' }
        @{ Match = 'VendorProduct'; Expected = 'ATTR\{idProduct\}=="5581", MODE' }
    ) {
        (Get-UsbDevice -VendorId 0781 | New-UdevRule -Match $Match).Text | Should -Match $Expected
    }

    It 'prints file, rule and commands with -WhatIf, and does nothing' {
        $shell = Start-AnotherShell "Get-UsbDevice -VendorId 1050 | New-UdevRule -Apply -WhatIf"

        $said = $shell.StandardOutput.ReadToEnd()
        $said | Should -Match '/etc/udev/rules\.d/70-qemups-1050-0407\.rules'
        $said | Should -Match 'ATTR\{idVendor\}=="1050"'
        $said | Should -Match 'udevadm control --reload'
        $said | Should -Match 'udevadm trigger --settle --action=change /sys/devices/pci0000:00/0000:00:14\.0/usb1/1-3'
        [IO.File]::Exists('/etc/udev/rules.d/70-qemups-1050-0407.rules') | Should -BeFalse
    }

    It 'refuses to apply a rule to a recorded host' {
        $failure = Get-Failure { $key | New-UdevRule -Apply }

        $failure.FullyQualifiedErrorId | Should -BeLike 'RecordedHost,*'
        $failure.ErrorDetails.RecommendedAction | Should -Match '-Path'
    }

    It 'refuses a rule that gives nobody access' {
        Get-FailureId { $key | New-UdevRule -NoUaccess } | Should -Be 'InvalidOption'
    }

    It 'refuses a hub, and a serial number that is none' {
        Get-FailureId { Get-UsbDevice -IncludeHub | Where-Object BusId -eq '1-1' | New-UdevRule } | Should -Be 'UsbDeviceIsHub'
        Get-FailureId { $key | New-UdevRule -Match Serial } | Should -Be 'InvalidOption'
    }

    It 'refuses a group that this host has not' {
        Use-ThisHost { Get-FailureId { $key | New-UdevRule -Group nosuchgroup } } | Should -Be 'InvalidOption'
    }

    It 'writes one device''s rule to one file' {
        Get-FailureId { Get-UsbDevice -VendorId 1050, 04f2 | New-UdevRule -Path "$TestFolder/70-one.rules" } | Should -Be 'InvalidOption'
        (Get-UdevRule "$TestFolder/70-one.rules").Text | Should -Match '1050'
    }

    It 'does not replace a file that it did not write' {
        [IO.File]::WriteAllText("$TestFolder/70-mine.rules", "KERNEL==`"x`", MODE=`"0600`"`n")

        Get-FailureId { $key | New-UdevRule -Path "$TestFolder/70-mine.rules" } | Should -Be 'FileExists'
    }

    It 'warns of a name behind 73, where uaccess does nothing' {
        $key | New-UdevRule -Path "$TestFolder/99-late.rules" -WarningVariable said -WarningAction SilentlyContinue

        $said[0].Message | Should -Match 'TAG uaccess after 73-seat-late has no effect'
    }

    It 'makes a rule for the group of a PCI device' {
        $rule = (Get-IommuGroup 2).Devices[0] | New-UdevRule -Group kvm

        $rule.Text | Should -Be 'SUBSYSTEM=="vfio", KERNEL=="2", MODE="0660", GROUP="kvm", TAG+="uaccess"'
    }
}

Describe 'New-UdevRule -Apply where udev runs' -Skip:(-not $canRunUdev) {
    BeforeAll {
        $udevd = '/lib/systemd/systemd-udevd', '/usr/lib/systemd/systemd-udevd' | Where-Object { [IO.File]::Exists($_) } | Select-Object -First 1
        # /dev/null stands for the node: there is no USB here, and its mode is wide enough to pass.
        [IO.File]::WriteAllText("$TestFolder/apply.ps1", @'
$null = Get-UsbDevice
$values = @{ Name = 'A'; VendorId = '1050'; ProductId = '0407'; BusNumber = 1; DeviceNumber = 4; Port = '1'; BusId = '1-1'; Class = 'Hid'; DevicePath = '/dev/null'; SysfsPath = '/sys/devices/virtual/mem/null' }
$done = [QemuPS.UsbDevice] $values | New-UdevRule -Apply
"written $($done.Path) $([IO.File]::Exists($done.Path))"
$values.ProductId = '0408'
$values.DevicePath = '/dev/bus/usb/001/099'
try { [QemuPS.UsbDevice] $values | New-UdevRule -Apply -ErrorAction Stop } catch { "failed $($_.FullyQualifiedErrorId)" }
Get-UdevRule | ForEach-Object { "there $($_.Order) $($_.Warning)" }
Get-UdevRule | Remove-UdevRule -Confirm:$false
"left $([IO.Directory]::GetFiles('/etc/udev/rules.d').Count)"
'@)
        $engine = if ([Reflection.Assembly]::GetEntryAssembly().GetName().Name -eq 'pwsh') { 'pwsh' } else { 'embedded' }
        $said = @(& unshare -m -n sh -c ("mount -t tmpfs none /run && mkdir -p /etc/udev/rules.d /dev/char && mount -t tmpfs none /etc/udev/rules.d && mount -t tmpfs none /dev/char && $udevd --daemon && " +
            "QEMUPS_ROOT= QPS_ENGINE=$engine '$RepositoryRoot/qps' '$TestFolder/apply.ps1' 2>&1; udevadm control --exit"))
    }

    It 'writes the rule, has udev read it and apply it, and opens the node' {
        $said[0] | Should -Be 'written /etc/udev/rules.d/70-qemups-1050-0407.rules True'
    }

    It 'says that a rule had no effect' {
        $said[1] | Should -Match '^failed UdevRuleWithoutEffect'
    }

    It 'finds its rules, and takes them away' {
        $said[2] | Should -Match '^there 70-qemups-1050-0407\.rules No device 1050:0407 is plugged in now\.'
        $said[-1] | Should -Be 'left 0'
    }
}

Describe 'Get-UdevRule' {
    It 'shows the rules that count for a device' {
        $host2 = "$TestFolder/rules"
        & cp -a $env:QEMUPS_ROOT $host2
        $null = [IO.Directory]::CreateDirectory("$host2/etc/udev/rules.d")
        [IO.File]::WriteAllText("$host2/etc/udev/rules.d/60-own.rules", "SUBSYSTEM==`"usb`", ATTR{idVendor}==`"1050`", \`n  MODE=`"0664`"`nSUBSYSTEM==`"usb`", ATTR{idVendor}==`"ffff`", MODE=`"0666`"`n")
        [IO.File]::WriteAllText("$host2/etc/udev/rules.d/99-late.rules", "SUBSYSTEM==`"usb`", ATTR{idVendor}==`"1050`", TAG+=`"uaccess`"`n")
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $host2
            $rules = Get-UsbDevice -VendorId 1050 | Get-UdevRule
            $all = Get-UdevRule -All
            $managed = Get-UdevRule
        }
        finally { $env:QEMUPS_ROOT = $usual }

        $rules.Order | Should -Be '60-own.rules', '99-late.rules'
        $rules.LineNumber | Should -Be 1, 1
        $rules.IsMatch | Should -Be $true, $true
        $rules[1].Warning | Should -Match 'no effect'
        $all | Should -HaveCount 3
        $managed | Should -BeNullOrEmpty
    }

    It 'says that there is no such file' {
        Get-FailureId { Get-UdevRule /no/such.rules } | Should -Be 'UdevRuleNotFound'
    }

    It 'reads all rules of this host without an error' -Skip:(-not [IO.Directory]::Exists('/usr/lib/udev/rules.d')) {
        $rules = Use-ThisHost { Get-UdevRule -All -ErrorAction Stop }

        $rules.Count | Should -BeGreaterThan 0
        @($rules | Where-Object { $_.Path -like '/usr/lib/*' -and ($_.Warning -match 'ignores') }) | Should -BeNullOrEmpty
    }

    It 'prints rules and their warnings' {
        Get-UdevRule "$TestFolder/99-late.rules" | Out-String -Width 200 | Should -Match '99-late\.rules\s+3 SUBSYSTEM[\s\S]*! TAG uaccess'
    }
}

Describe 'Remove-UdevRule' {
    It 'takes a file of ours away' {
        $rule = $key | New-UdevRule -Path "$TestFolder/70-gone.rules"
        Use-ThisHost { Remove-UdevRule $rule.Path -WhatIf }
        [IO.File]::Exists($rule.Path) | Should -BeTrue

        Use-ThisHost { $rule | Remove-UdevRule -Confirm:$false }
        [IO.File]::Exists($rule.Path) | Should -BeFalse
    }

    It 'leaves a file alone that is not ours' {
        [IO.File]::WriteAllText("$TestFolder/70-theirs.rules", "KERNEL==`"x`", MODE=`"0600`"`n")

        Use-ThisHost { Get-FailureId { Remove-UdevRule "$TestFolder/70-theirs.rules" -Confirm:$false } } | Should -Be 'UdevRuleNotManaged'
        [IO.File]::Exists("$TestFolder/70-theirs.rules") | Should -BeTrue
    }

    It 'says that there is no such file, and that a recorded host stays as it is' {
        Use-ThisHost { Get-FailureId { Remove-UdevRule "$TestFolder/70-none.rules" -Confirm:$false } } | Should -Be 'UdevRuleNotFound'
        Get-FailureId { Remove-UdevRule "$TestFolder/70-none.rules" -Confirm:$false } | Should -Be 'RecordedHost'
    }
}
