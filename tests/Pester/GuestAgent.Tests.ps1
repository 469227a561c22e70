BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
    $null = New-QemuVm -Name web -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 256MB -NoDisk -PortForward '0:9', '0:22' `
        -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet shell'
    Start-QemuVm web -Wait GuestAgent -Timeout 90

    # What the agent cannot be asked to do: something to itself.
    $agent = '$(pidof qemu-ga)'
    $startAgent = '/sbin/qemu-ga --path=$(ls /dev/vport*p1) --statedir=/run </dev/null >/dev/null 2>&1'
}

AfterAll { Exit-TestSession }

Describe 'Get-QemuGuest' -Tag AnyEngine {
    It 'tells what the agent knows of the guest' {
        $about = Get-QemuGuest web

        $about.VmName | Should -Be 'web'
        $about.HostName | Should -Be 'tester'
        $about.OsName | Should -Be 'Tester 1'
        $about.Kernel | Should -Match '^\d+\.\d+\.\d+-'
        $about.Architecture | Should -Be 'x86_64'
        $about.IPAddresses | Should -Be '10.0.2.15'
        ($about.NetworkInterfaces | Where-Object Name -EQ eth0).MacAddress | Should -Be (Get-QemuVm web).NetworkAdapters[0].MacAddress
        $about.TimeZone | Should -Be 'UTC (+00:00)'
        $about.AgentVersion | Should -Match '^\d+\.\d+'
        $about.EnabledCommands | Should -Contain 'guest-exec'
        @($about.Users).Count | Should -Be 0
        $about.Raw['guest-get-osinfo'].id | Should -Be 'tester'
    }

    It 'tells Get-QemuVmNetworkAdapter which addresses the guest has on an adapter' {
        (Get-QemuVmNetworkAdapter web net0).IPAddresses | Should -Be '10.0.2.15'
    }

    It 'takes machines from the pipeline, and one that is off does not stop the others' {
        $null = New-QemuVm -Name off -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
        $failures = @()
        $found = Get-QemuVm off, web | Get-QemuGuest -ErrorAction SilentlyContinue -ErrorVariable failures

        $found.VmName | Should -Be 'web'
        ($failures[0].FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmNotRunning'
    }
}

Describe 'Invoke-QemuGuestCommand' -Tag AnyEngine {
    It 'keeps both streams and the exit code apart, and a failure is a result' {
        $result = Invoke-QemuGuestCommand web sh -ArgumentList '-c', 'echo out; echo err >&2; exit 3'

        $result.StandardOutput | Should -Be "out`n"
        $result.StandardError | Should -Be "err`n"
        $result.ExitCode | Should -Be 3
        $result.TimedOut | Should -BeFalse
    }

    It 'hands over each argument as it is, without a shell' {
        (Invoke-QemuGuestCommand web printf '<%s>', 'a b', '$HOME', '', "it's", 'Grüße').StandardOutput | Should -Be "<a b><`$HOME><><it's><Grüße>"
    }

    It 'hands over variables and input' {
        (Invoke-QemuGuestCommand web sh '-c', 'echo $COLOUR; cat' -Environment @{ COLOUR = 'dark blue'; PATH = '/bin' } -InputText "eins`nzwei").StandardOutput | Should -Be "dark blue`neins`nzwei"
    }

    It 'tells the signal that ended a command' {
        $result = Invoke-QemuGuestCommand web sh '-c', 'kill -9 $$'
        $result.Signal | Should -Be 9
        $result.ExitCode | Should -BeNullOrEmpty
    }

    It 'does not wait longer than it was told to, and says that the command goes on' {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $result = Invoke-QemuGuestCommand web sleep 1000 -Timeout 1 -WarningVariable warnings -WarningAction SilentlyContinue

        $result.TimedOut | Should -BeTrue
        $result.ExitCode | Should -BeNullOrEmpty
        "$warnings" | Should -Match "goes on in the guest of 'web', as process $($result.ProcessId)"
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 15
        (Invoke-QemuGuestCommand web kill $result.ProcessId).ExitCode | Should -Be 0
    }

    It 'lets others talk to the agent while a command runs' {
        $job = Invoke-QemuGuestCommand web sh '-c', 'while [ ! -e /tmp/go ]; do usleep 100000; done; echo gone' -AsJob
        (Invoke-QemuGuestCommand web sh '-c', 'until pidof usleep >/dev/null; do usleep 1000; done; touch /tmp/go' -Timeout 30).ExitCode | Should -Be 0
        ($job | Wait-Job | Receive-Job).StandardOutput | Should -Be "gone`n"
        $job | Remove-Job
    }

    It 'says when a command wrote more than the agent keeps' {
        $result = Invoke-QemuGuestCommand web sh '-c', 'dd if=/dev/zero bs=1M count=17 2>/dev/null' -WarningVariable warnings -WarningAction SilentlyContinue

        $result.IsTruncated | Should -BeTrue
        $result.StandardOutput.Length | Should -Be 16MB
        "$warnings" | Should -Match 'wrote more than the agent'
    }

    It 'quotes the agent when there is no such program' {
        $failure = Get-Failure { Invoke-QemuGuestCommand web nothing }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'GuestAgentCommandFailed'
        "$failure" | Should -Match 'No such file'
    }

    It 'runs nothing with -WhatIf' {
        Invoke-QemuGuestCommand web touch /tmp/never -WhatIf
        (Invoke-QemuGuestCommand web ls /tmp/never).ExitCode | Should -Be 1
    }
}

Describe 'Copy-QemuGuestFile' -Tag AnyEngine {
    BeforeAll {
        $content = [byte[]]::new(600KB + 1)
        [Random]::new(1).NextBytes($content)
        [IO.File]::WriteAllBytes("$TestFolder/here", $content)
        [IO.File]::SetUnixFileMode("$TestFolder/here", 'UserRead, UserWrite, UserExecute')
        $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($content)).ToLower()
    }

    It 'copies a file into a guest, bytes and mode, and back' {
        Copy-QemuGuestFile web "$TestFolder/here" /tmp/there -ToGuest
        (Invoke-QemuGuestCommand web sha256sum /tmp/there).StandardOutput | Should -Be "$hash  /tmp/there`n"
        (Invoke-QemuGuestCommand web stat '-c', '%a', /tmp/there).StandardOutput | Should -Be "700`n"

        $file = Copy-QemuGuestFile web /tmp/there $TestFolder -FromGuest -PassThru
        $file.FullName | Should -Be "$TestFolder/there"
        [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes($file.FullName))).ToLower() | Should -Be $hash
    }

    It 'copies what is larger than any message of the agent, both ways, and all of it' {
        $large = [byte[]]::new(17MB + 3)
        [Random]::new(2).NextBytes($large)
        [IO.File]::WriteAllBytes("$TestFolder/large", $large)
        $sum = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($large)).ToLower()

        Copy-QemuGuestFile web "$TestFolder/large" /tmp/large -ToGuest
        (Invoke-QemuGuestCommand web sha256sum /tmp/large).StandardOutput | Should -Be "$sum  /tmp/large`n"
        Copy-QemuGuestFile web /tmp/large "$TestFolder/large-again" -FromGuest
        [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([IO.File]::ReadAllBytes("$TestFolder/large-again"))).ToLower() | Should -Be $sum
        $null = Invoke-QemuGuestCommand web rm /tmp/large
    }

    It 'keeps the name where the destination is a folder' {
        Copy-QemuGuestFile web "$TestFolder/here" /run -ToGuest
        (Invoke-QemuGuestCommand web ls /run/here).ExitCode | Should -Be 0
    }

    It 'copies what has no length' {
        Copy-QemuGuestFile web /proc/cmdline "$TestFolder/cmdline" -FromGuest
        [IO.File]::ReadAllText("$TestFolder/cmdline") | Should -Match 'console=ttyS0 quiet shell'
    }

    It 'replaces nothing without -Force, on either side' {
        [IO.File]::WriteAllText("$TestFolder/small", 'small')
        Get-FailureId { Copy-QemuGuestFile web "$TestFolder/small" /tmp/there -ToGuest } | Should -Be 'FileExists'
        Get-FailureId { Copy-QemuGuestFile web /tmp/there "$TestFolder/small" -FromGuest } | Should -Be 'FileExists'

        Copy-QemuGuestFile web "$TestFolder/small" /tmp/there -ToGuest -Force
        (Invoke-QemuGuestCommand web cat /tmp/there).StandardOutput | Should -Be 'small'
    }

    It 'leaves nothing behind when it fails' {
        # A file system with room for a part of it.
        $null = Invoke-QemuGuestCommand web sh '-c', 'mkdir -p /tmp/full && mount -t tmpfs -o size=300k none /tmp/full'
        Get-FailureId { Copy-QemuGuestFile web "$TestFolder/here" /tmp/full/part -ToGuest } | Should -Be 'GuestAgentCommandFailed'
        (Invoke-QemuGuestCommand web ls '-A', /tmp/full).StandardOutput | Should -BeNullOrEmpty

        Get-FailureId { Copy-QemuGuestFile web /tmp "$TestFolder/folder" -FromGuest } | Should -Be 'GuestAgentCommandFailed'
        @([IO.Directory]::GetFiles($TestFolder, '*.partial')).Count | Should -Be 0
    }

    It 'leaves nothing behind when it is stopped' {
        [IO.File]::WriteAllBytes("$TestFolder/long", [byte[]]::new(64MB))
        $job = Copy-QemuGuestFile web "$TestFolder/long" /tmp/long -ToGuest -AsJob
        (Invoke-QemuGuestCommand web sh '-c', 'until [ -s /tmp/long.qemups-*.partial ]; do usleep 10000; done' -Timeout 30).ExitCode | Should -Be 0
        $job | Stop-Job

        $job.State | Should -Be 'Stopped'
        (Invoke-QemuGuestCommand web sh '-c', 'ls /tmp/long*').ExitCode | Should -Be 1
        $job | Remove-Job
    }

    It 'says what is wrong with its arguments' {
        Get-FailureId { Copy-QemuGuestFile web a b } | Should -Be 'InvalidOption'
        Get-FailureId { Copy-QemuGuestFile web "$TestFolder/none" /tmp -ToGuest } | Should -Be 'FileNotFound'
        Get-FailureId { Copy-QemuGuestFile web $TestFolder /tmp -ToGuest } | Should -Be 'InvalidPath'
        Get-FailureId { Copy-QemuGuestFile web /tmp/there "$TestFolder/no/where" -FromGuest } | Should -Be 'DirectoryNotFound'
    }

    It 'tells how far it is, and takes the bar away' {
        $job = Copy-QemuGuestFile web "$TestFolder/here" /tmp/progress -ToGuest -AsJob
        $null = $job | Wait-Job

        @($job.Progress | ForEach-Object PercentComplete)[0, 1] | Should -Be 42, 85
        @($job.Progress)[-1].RecordType | Should -Be 'Completed'
        $job | Remove-Job
    }
}

Describe 'Wait-QemuVm' -Tag AnyEngine {
    It 'waits until the guest has an address' {
        $null = Invoke-QemuGuestCommand web sh '-c', 'ip addr flush dev eth0; (sleep 2; ip addr add 10.0.2.15/24 dev eth0) </dev/null >/dev/null 2>&1 &'
        Get-FailureId { Wait-QemuVm web -For IPAddress -Timeout 1 } | Should -Be 'VmWaitTimeout'
        (Wait-QemuVm web -For IPAddress -Timeout 30).Name | Should -Be 'web'
        (Get-QemuGuest web).IPAddresses | Should -Be '10.0.2.15'
    }

    It 'waits until an SSH server greets, which the port of the host alone does not show' {
        Get-FailureId { Wait-QemuVm web -For Ssh -Timeout 1 } | Should -Be 'VmWaitTimeout'
        $null = Invoke-QemuGuestCommand web sh '-c', 'nc -ll -p 22 -e /bin/echo SSH-2.0-Test </dev/null >/dev/null 2>&1 &'
        (Wait-QemuVm web -For Ssh -Timeout 30).SshArguments | Should -Contain '127.0.0.1'
        # A server, but none of SSH.
        Get-FailureId { Wait-QemuVm web -For Ssh -Port 9 -Timeout 1 } | Should -Be 'VmWaitTimeout'
        Get-FailureId { Wait-QemuVm web -For Ssh -Port 2200 -Timeout 30 } | Should -Be 'InvalidOption'
    }
}

Describe 'An agent that' -Tag AnyEngine {
    It 'hangs is given up when the time is over' {
        $null = Invoke-GuestShell web "kill -STOP $agent"
        $clock = [Diagnostics.Stopwatch]::StartNew()

        Get-FailureId { Get-QemuGuest web -Timeout 2 } | Should -Be 'GuestAgentTimeout'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
    }

    It 'is slow is waited for, and what it was asked before is not taken for the answer' {
        $null = Invoke-GuestShell web "(sleep 1; kill -CONT $agent) </dev/null >/dev/null 2>&1 &"
        (Get-QemuGuest web).HostName | Should -Be 'tester'
    }

    It 'ends in the middle of a command is missed at once' {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Get-FailureId { Invoke-QemuGuestCommand web sh '-c', 'kill -9 $(pidof qemu-ga)' } | Should -Be 'GuestAgentNotConnected'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
    }

    It 'is not there is an error at once, with what to do' {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $failure = Get-Failure { Get-QemuGuest web }

        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'GuestAgentNotConnected'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'qemu-guest-agent'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
    }

    It 'may not run a command says so, and tells the rest' {
        $null = Invoke-GuestShell web "$startAgent -b guest-exec,guest-get-osinfo &"
        $null = Wait-QemuVm web -For GuestAgent -Timeout 30
        $said = Get-QemuGuest web -Verbose 4>&1
        $about = $said | Where-Object { $_ -is [QemuPS.QemuGuest] }

        Get-FailureId { Invoke-QemuGuestCommand web true } | Should -Be 'GuestAgentCommandDisabled'
        $about.HostName | Should -Be 'tester'
        $about.OsName | Should -BeNullOrEmpty
        "$said" | Should -Match "does not run 'guest-get-osinfo'"
        $about.EnabledCommands | Should -Not -Contain 'guest-exec'
    }

    It 'may not run programs copies files all the same, and reads them back to compare' {
        [IO.File]::WriteAllText("$TestFolder/small", 'small again')
        $said = Copy-QemuGuestFile web "$TestFolder/small" /tmp/there -ToGuest -Force -Verbose 4>&1
        "$said" | Should -Match 'read back'
        Copy-QemuGuestFile web /tmp/there "$TestFolder/back" -FromGuest
        [IO.File]::ReadAllText("$TestFolder/back") | Should -Be 'small again'
    }

    It 'goes with its machine in the middle of a command is missed at once' {
        $null = Invoke-GuestShell web "kill $agent; while pidof qemu-ga >/dev/null; do usleep 10000; done; $startAgent &"
        $null = Wait-QemuVm web -For GuestAgent -Timeout 30
        $job = Invoke-QemuGuestCommand web sleep 1000 -AsJob
        $null = Invoke-GuestShell web 'until pidof sleep | grep -q " "; do usleep 10000; done'
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Stop-QemuVm web -TurnOff
        $null = $job | Wait-Job

        ($job.Error[0].FullyQualifiedErrorId -split ',')[0] | Should -Match '^(GuestAgentNotConnected|VmNotRunning)$'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
        $job | Remove-Job
    }
}
