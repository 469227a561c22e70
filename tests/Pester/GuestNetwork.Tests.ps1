# Networks as guests use them: two guests with cables between them, one that may reach nothing but what leads to it, forwards
# that come while the guest runs.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"

    # A network adapter is found by its hardware address: 52:54:00:00:0S:0N is the Nth of a side.
    function New-Side([string] $Name, [int] $Number, [hashtable[]] $Network) {
        $adapters = foreach ($index in 0, 1, 2) { $Network[$index] + @{ id = "net$index"; macAddress = "52:54:00:00:0$($Number):0$index" } }
        $null = New-QemuVm -Definition @{ name = $Name; networkAdapters = $adapters } -Force -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 256MB -GuestAgent `
            -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet shell'
        Start-QemuVm $Name
    }

    # Gives an adapter of a guest an address.
    function Set-Address([string] $Name, [int] $Number, [int] $Adapter, [string] $Address) {
        $null = Invoke-InGuest $Name "device=`$(grep -l 52:54:00:00:0$($Number):0$Adapter /sys/class/net/*/address | cut -d/ -f5) && ip addr add $Address dev `$device && ip link set `$device up"
    }

    # What a TCP server answers to a line; empty where nobody is there.
    function Send-Line([int] $Port, [string] $Line) {
        $client = [Net.Sockets.TcpClient]::new()
        try {
            $client.Connect('127.0.0.1', $Port)
            $client.ReceiveTimeout = 30000
            $request = [Text.Encoding]::ASCII.GetBytes("$Line`n")
            $client.GetStream().Write($request, 0, $request.Length)
            [IO.StreamReader]::new($client.GetStream()).ReadLine()
        }
        catch [Net.Sockets.SocketException] { '' }
        finally { $client.Dispose() }
    }

    New-Side left 1 @(
        @{ restricted = $true; portForwards = @(@{ hostPort = 0; guestPort = 9 }) }
        @{ network = 'Stream'; localEndpoint = "$TestFolder/cable" }
        @{ network = 'Dgram'; localEndpoint = "$TestFolder/dgram-left"; remoteEndpoint = "$TestFolder/dgram-right" })
    New-Side right 2 @(
        @{ portForwards = @() }
        @{ network = 'Stream'; remoteEndpoint = "$TestFolder/cable" }
        @{ network = 'Dgram'; localEndpoint = "$TestFolder/dgram-right"; remoteEndpoint = "$TestFolder/dgram-left" })
    foreach ($name in 'left', 'right') { $null = Wait-QemuVm $name -For GuestAgent -Timeout 90 }
}

AfterAll { Exit-TestSession }

Describe 'A cable between two guests' -Tag AnyEngine {
    It 'carries what they say to each other: <Kind>' -ForEach @(
        @{ Kind = 'Stream'; Adapter = 1 }
        @{ Kind = 'Dgram'; Adapter = 2 }
    ) {
        Set-Address left 1 $Adapter "10.9.$Adapter.1/24"
        Set-Address right 2 $Adapter "10.9.$Adapter.2/24"

        Invoke-InGuest right "ping -c 3 -i 0.2 -W 10 10.9.$Adapter.1" | Should -Match '3 packets received'
        # A whole file, and whole.
        $null = Invoke-InGuest left "dd if=/dev/urandom of=/tmp/sent bs=64k count=32 2>/dev/null; (nc -l -p 700$Adapter -e /bin/cat /tmp/sent) </dev/null >/dev/null 2>&1 & until netstat -ltn | grep -q :700$Adapter; do usleep 10000; done"
        $got = Invoke-InGuest right "nc 10.9.$Adapter.1 700$Adapter </dev/null | sha256sum"
        $got | Should -Be (Invoke-InGuest left 'sha256sum </tmp/sent')
    }
}

Describe 'A restricted network' -Tag AnyEngine {
    It 'keeps the guest from the host, which another guest reaches, and lets in what is forwarded' {
        # 10.0.2.2 is the host's loopback for a guest of a user-mode network, and a forward is what listens there.
        $port = (Get-QemuVmPortForward left).HostPort
        Invoke-InGuest right "printf 'cat /sys/class/net/eth0/address; exit\n' | nc -w 10 10.0.2.2 $port" | Should -Be "52:54:00:00:01:00`n"
        Invoke-InGuest left "printf 'cat /sys/class/net/eth0/address; exit\n' | nc -w 1 10.0.2.2 $port || echo kept" | Should -Be "kept`n"

        Invoke-GuestShell left 'hostname' | Should -Be "tester`n"
    }
}

Describe 'A forward that is added while the guest runs' -Tag AnyEngine {
    It 'leads a TCP client to the guest, until it is removed' {
        $null = Invoke-InGuest right '(nc -ll -p 7 -e /bin/cat) </dev/null >/dev/null 2>&1 & until netstat -ltn | grep -q :7; do usleep 10000; done'
        $forward = Add-QemuVmPortForward right 7
        Send-Line $forward.HostPort 'once there and back' | Should -Be 'once there and back'

        $forward | Remove-QemuVmPortForward
        Send-Line $forward.HostPort 'nobody' | Should -Be ''
        Invoke-InGuest right 'netstat -ltn' | Should -Match ':7 '
    }

    It 'leads datagrams there and back, until it is removed' {
        # busybox has nothing that serves datagrams.
        $package = Get-Package "$RepositoryRoot/out/cache/packages" 'netcat-traditional'
        Copy-QemuGuestFile right "$package/bin/nc.traditional" /bin/nc.traditional -ToGuest
        $null = Invoke-InGuest right 'nc.traditional -u -l -p 7 -e /bin/cat </dev/null >/dev/null 2>&1 & until netstat -lun | grep -q :7; do usleep 10000; done'
        $forward = Add-QemuVmPortForward right 7 -Protocol Udp
        "$forward" | Should -Match '^udp/127.0.0.1:\d+:7$'
        $question = [Text.Encoding]::ASCII.GetBytes('there and back')
        $client = [Net.Sockets.UdpClient]::new()
        try {
            $client.Connect('127.0.0.1', $forward.HostPort)
            $client.Client.ReceiveTimeout = 30000
            $null = $client.Send($question, $question.Length)
            $answer = [byte[]]::new(100)
            [Text.Encoding]::ASCII.GetString($answer, 0, $client.Client.Receive($answer)) | Should -Be 'there and back'

            $forward | Remove-QemuVmPortForward
            # The host's kernel says that nobody is there, as it does for no port that something listens at.
            $null = $client.Send($question, $question.Length)
            (Get-Failure { $client.Client.Receive($answer) }).Exception.InnerException.SocketErrorCode | Should -Be 'ConnectionRefused'
        }
        finally { $client.Dispose() }
        Get-QemuVmPortForward right | Should -BeNullOrEmpty
    }
}

Describe 'An SSH server in a guest' -Tag AnyEngine {
    It 'is waited for, and ssh reaches it with what Get-QemuVm tells' {
        $packages = 'dropbear-bin', 'libtomcrypt1', 'libtommath1' | ForEach-Object { Get-Package "$RepositoryRoot/out/cache/packages" $_ }
        $server = "$($packages[0])/usr/sbin/dropbear"
        Copy-QemuGuestFile right $server /sbin/dropbear -ToGuest
        foreach ($library in Get-Library $server -Folder ($packages[1, 2] | ForEach-Object { "$_/usr/lib/x86_64-linux-gnu" })) {
            $file = [IO.Path]::GetFileName($library)
            if ((Invoke-QemuGuestCommand right ls "/lib/$file", "/lib64/$file").StandardOutput -eq '') { Copy-QemuGuestFile right $library "/lib/$file" -ToGuest }
        }

        $null = & ssh-keygen -q -t ed25519 -N '' -f "$TestFolder/key"
        $null = Invoke-InGuest right "mkdir -p -m 700 /root/.ssh /etc/dropbear; echo 'root:*:0:0::/root:/bin/sh' >/etc/passwd; echo '$([IO.File]::ReadAllText("$TestFolder/key.pub").Trim())' >/root/.ssh/authorized_keys; chmod 600 /root/.ssh/authorized_keys"
        $forward = Add-QemuVmPortForward right 22
        Get-FailureId { Wait-QemuVm right -For Ssh -Timeout 1 } | Should -Be 'VmWaitTimeout'
        $null = Invoke-InGuest right 'dropbear -R -s -p 22 </dev/null >/dev/null 2>&1'

        $vm = Wait-QemuVm right -For Ssh -Timeout 60
        $vm.SshArguments | Should -Contain "$($forward.HostPort)"
        $arguments = @('-i', "$TestFolder/key", '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR', '-l', 'root') + $vm.SshArguments
        & ssh @arguments 'cat /sys/class/net/eth0/address' | Should -Be '52:54:00:00:02:00'
    }
}
