BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $small = @{ Accelerator = 'Tcg'; MemoryStartupBytes = 64MB; NoDisk = $true; MachineType = 'pc' }
}

AfterAll { Exit-TestSession }

Describe 'A new machine on a network of the kind <Kind>' -ForEach @(
    @{ Kind = 'Bridge'; With = @{ Bridge = 'br7' }; Backend = '"type":"bridge".*"br":"br7"'; Missing = 'names no bridge' }
    @{ Kind = 'Tap'; With = @{ TapName = 'tap7' }; Backend = '"type":"tap".*"ifname":"tap7"'; Missing = 'names no tap device' }
    @{ Kind = 'Stream'; With = @{ LocalEndpoint = '/tmp/cable.sock' }; Backend = '"type":"stream".*"server":true.*"path":"/tmp/cable.sock"'; Missing = 'either a localEndpoint' }
    @{ Kind = 'Dgram'; With = @{ RemoteEndpoint = '230.0.0.1:1234' }; Backend = '"type":"dgram".*"host":"230.0.0.1"'; Missing = 'needs a remoteEndpoint' }
) {
    It 'is connected as it says, and QEMU is told so' {
        $name = "on$Kind"
        $null = New-QemuVm -Name $name @small -Network $Kind @With
        "$(ConvertTo-QemuCommandLine $name)" | Should -Match $Backend
    }

    It 'is not made when it lacks what the kind needs, and the error shows how to write it' {
        $failure = Get-Failure { New-QemuVm -Name lacking @small -Network $Kind }
        $failure.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
        $failure.Exception.Message | Should -Match $Missing
        $failure.ErrorDetails.RecommendedAction | Should -Match "^-Network $Kind -"
        @(Get-QemuVm lacking* ).Count | Should -Be 0
    }
}

Describe 'The network of a new machine' {
    It 'is a bridge when one is named' {
        "$(ConvertTo-QemuCommandLine (New-QemuVm -Name named @small -Bridge br8).Name)" | Should -Match '"br":"br8"'
    }

    It 'takes no parameter of another kind: <Words>' -ForEach @(
        @{ Words = 'a forward through a bridge'; With = @{ Network = 'Bridge'; Bridge = 'br7'; PortForward = '0:22' } }
        @{ Words = 'an endpoint without a cable'; With = @{ LocalEndpoint = '127.0.0.1:5000' } }
        @{ Words = 'a bridge without a network'; With = @{ Network = 'None'; Bridge = 'br7' } }
    ) {
        Get-FailureId { New-QemuVm -Name foreign @small @With } | Should -Be 'InvalidOption'
    }

    It 'as a stream is a cable between two running machines' {
        $null = New-QemuVm -Name left @small -Network Stream -LocalEndpoint "$TestFolder/cable"
        $null = New-QemuVm -Name right @small -Network Stream -RemoteEndpoint "$TestFolder/cable"
        Start-QemuVm left
        Start-QemuVm right
        'left', 'right' | ForEach-Object { (Get-QemuVm $_).State | Should -Be 'Running' }
        [IO.File]::ReadAllText('/proc/net/unix') | Should -Match "(?m) 03 +\d+ $([regex]::Escape("$TestFolder/cable"))$"
    }
}
