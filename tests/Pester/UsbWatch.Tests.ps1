# A copy of the recorded laptop (tests/fixtures/hosts/laptop) that devices come to and go from.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $env:QEMUPS_ROOT = "$TestFolder/host"
    & cp -a "$RepositoryRoot/tests/fixtures/hosts/laptop" $env:QEMUPS_ROOT
    $bus = "$env:QEMUPS_ROOT/sys/bus/usb/devices"

    # Unplugs the security key, and plugs it in again.
    function Disconnect-Key { & mv "$bus/1-3" "$TestFolder/1-3" }
    function Connect-Key { & mv "$TestFolder/1-3" "$bus/1-3" }

    # What a shell says that watches; the first line says that it does.
    function Start-Watching([string] $Command) {
        $shell = Start-AnotherShell $Command
        $shell.StandardOutput.ReadLine() | Should -Match 'recorded host'
        $shell
    }
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'Watch-UsbDevice' {
    It 'tells what is unplugged and what is plugged in, as it happens' {
        $shell = Start-Watching 'Watch-UsbDevice -Timeout 60 -Verbose 4>&1 | ForEach-Object { "$_" } | Select-Object -First 3'
        Disconnect-Key
        $shell.StandardOutput.ReadLine() | Should -Be 'Remove 1-3 1050:0407 Yubikey 4/5 OTP+U2F+CCID'
        Connect-Key
        $shell.StandardOutput.ReadLine() | Should -Be 'Add 1-3 1050:0407 Yubikey 4/5 OTP+U2F+CCID'
        $shell.WaitForExit(30000) | Should -BeTrue
    }

    It 'tells only what was asked for' {
        Disconnect-Key
        $shell = Start-Watching 'Watch-UsbDevice *yubi* -VendorId 1050 -ProductId 0407 -Action Add -Timeout 60 -Verbose 4>&1 | ForEach-Object { "$_" } | Select-Object -First 2'
        & mv "$bus/1-6" "$TestFolder/1-6"
        Connect-Key
        $shell.StandardOutput.ReadLine() | Should -Be 'Add 1-3 1050:0407 Yubikey 4/5 OTP+U2F+CCID'
        & mv "$TestFolder/1-6" "$bus/1-6"
    }

    It 'ends when the time is over' {
        Watch-UsbDevice -Timeout 1 -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'gives what is plugged in to a machine' {
        $null = New-QemuVm -Name watched -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
        Disconnect-Key
        $shell = Start-Watching ('Watch-UsbDevice -VendorId 1050 -Timeout 60 -Verbose 4>&1 | ForEach-Object { ' +
            'if ($_ -is [Management.Automation.VerboseRecord]) { "$_" } else { $_ | Add-VmUsbPassthrough watched -PassThru | ForEach-Object { $_.Id } } } | Select-Object -First 2')
        Connect-Key
        $shell.StandardOutput.ReadLine() | Should -Be 'usb-1050-0407'
        (Get-QemuVm watched).UsbPassthrough.Id | Should -Be 'usb-1050-0407'
    }

    It 'takes it for granted that a device comes back which the machine has' {
        $null = New-QemuVm -Name again -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
        $key = Get-UsbDevice -VendorId 1050
        $told = 'Add', 'Remove', 'Add' | ForEach-Object { [QemuPS.UsbDeviceEvent] @{ Action = $_; Device = $key; Time = [DateTimeOffset]::Now } }
        $said = $told | Add-VmUsbPassthrough again -ErrorAction Stop -Verbose 4>&1

        "$said" | Should -Match 'already'
        (Get-QemuVm again).UsbPassthrough.Id | Should -Be 'usb-1050-0407'
        $told[1] | Add-VmUsbPassthrough -Vm again -ErrorAction Stop
    }

    It 'listens to the kernel on a real host' {
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $null
            Watch-UsbDevice -Timeout 1 -Verbose 4>&1 | Should -Match 'netlink'
        }
        finally { $env:QEMUPS_ROOT = $usual }
    }
}

Describe 'Reset-UsbDevice' {
    It 'refuses <What>, unless forced' -ForEach @(
        @{ What = 'a mounted stick'; BusId = '2-2'; Expected = 'UsbDeviceInUse' }
        @{ What = 'a hub'; BusId = '1-1'; Expected = 'UsbDeviceIsHub' }
        @{ What = 'a root hub'; BusId = 'usb1'; Expected = 'UsbDeviceIsHub' }
    ) {
        Get-FailureId { Reset-UsbDevice $BusId } | Should -Be $Expected
        Get-FailureId { Reset-UsbDevice $BusId -Force } | Should -Be 'RecordedHost'
    }

    It 'refuses what a machine has' {
        $null = New-QemuVm -Name owner -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
        Get-UsbDevice -Class Video | Add-VmUsbPassthrough owner

        $failure = Get-Failure { Get-UsbDevice -Class Video | Reset-UsbDevice }
        $failure.FullyQualifiedErrorId | Should -BeLike 'UsbDeviceInUse,*'
        $failure.Exception.Message | Should -Match "'owner'"
    }

    It 'says what it would do with -WhatIf' {
        $shell = Start-AnotherShell 'Reset-UsbDevice 1-10 -WhatIf'

        $shell.StandardOutput.ReadToEnd() | Should -Match 'USBDEVFS_RESET on /dev/bus/usb/001/'
    }

    It 'says that there is no such device' {
        Get-FailureId { Reset-UsbDevice 9-9 } | Should -Be 'ParameterArgumentTransformationError'
    }
}
